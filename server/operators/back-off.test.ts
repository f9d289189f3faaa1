import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { attemptKeys, decide, type Strikes } from './back-off.ts'

/** Guesses as fast as the guard lets them, from these addresses in turn; returns how many were looked at. */
function guesses(count: number, everyMs: number, addresses: readonly string[], email = 'ada@example.com') {
  const stored = new Map<string, Strikes>()
  let looked = 0
  for (let at = 0; at < count; at++) {
    const decision = decide(attemptKeys(email, addresses[at % addresses.length]!), stored, at * everyMs)
    if (!decision.go) continue
    looked++
    for (const [key, strikes] of decision.write) stored.set(key, strikes)
  }
  return { looked, stored }
}

describe('back-off', () => {
  test('four attempts are free, then the wait doubles from 1 s to 15 min', () => {
    const keys = attemptKeys('ada@example.com', null)
    const waits: number[] = []
    const stored = new Map<string, Strikes>()
    for (let at = 0, now = 0; at < 17; at++) {
      const decision = decide(keys, stored, now)
      if (!decision.go) throw new Error('waited enough')
      const strikes = decision.write.get(keys.account)!
      stored.set(keys.account, strikes)
      waits.push((strikes.notBefore - now) / 1000)
      now = strikes.notBefore
    }
    expect(waits).toEqual([0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900])
  })

  test('10,000 guesses in 1,000 s are at most 20 looks, from one address or from a thousand', () => {
    const botnet = Array.from({ length: 1000 }, (_, at) => `10.0.${at >> 8}.${at & 255}`)
    expect(guesses(10_000, 100, ['198.51.100.7']).looked).toBeLessThanOrEqual(20)
    expect(guesses(10_000, 100, botnet).looked).toBeLessThanOrEqual(20)
  })

  test('one address with many accounts is slowed too', () => {
    const stored = new Map<string, Strikes>()
    let looked = 0
    for (let at = 0; at < 10_000; at++) {
      const decision = decide(attemptKeys(`user${at}@example.com`, '198.51.100.7'), stored, at)
      if (!decision.go) continue
      looked++
      for (const [key, strikes] of decision.write) stored.set(key, strikes)
    }
    expect(looked).toBeLessThanOrEqual(25)
  })

  test('an attack from elsewhere does not keep the owner out of a known place', () => {
    const { stored } = guesses(10_000, 100, ['203.0.113.9'])
    const home = attemptKeys('ada@example.com', '198.51.100.7')
    const now = 1_000_000
    expect(decide(home, stored, now).go).toBe(false)
    stored.set(home.pair!, { failures: 0, notBefore: 0, touchedAt: now - 86_400_000 })
    expect(decide(home, stored, now).go).toBe(true)
    stored.set(home.pair!, { failures: 0, notBefore: 0, touchedAt: now - 31 * 86_400_000 })
    expect(decide(home, stored, now).go).toBe(false)
  })

  test('a known place is slowed by its own failures', () => {
    const keys = attemptKeys('ada@example.com', '198.51.100.7')
    const stored = new Map<string, Strikes>([[keys.pair!, { failures: 9, notBefore: 5000, touchedAt: 1000 }]])
    expect(decide(keys, stored, 2000)).toEqual({ go: false, waitMs: 3000 })
  })

  test('a day of quiet forgets', () => {
    const { stored } = guesses(100, 100, ['198.51.100.7'])
    const keys = attemptKeys('ada@example.com', '198.51.100.7')
    const decision = decide(keys, stored, 10_000_000 + 86_400_000)
    expect(decision.go && decision.write.get(keys.account)!.failures).toBe(1)
  })
})

describe('keys', () => {
  test('spelling of an address and of an e-mail does not make a new key, and no e-mail is in a key', () => {
    const keys = attemptKeys('Ada@Example.com ', '2001:DB8::1')
    expect(keys).toEqual(attemptKeys('ada@example.com', '2001:0db8:0:0:ffff::2'))
    expect(keys.address).toBe('address:2001:db8:0:0::/64')
    expect(attemptKeys('a@b.c', '::ffff:198.51.100.7').address).toBe('address:198.51.100.7')
    expect(attemptKeys('a@b.c', '::1').address).toBe('address:0:0:0:0::/64')
    expect(JSON.stringify(keys)).not.toContain('ada')
  })

  test('any address makes a short key', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string()), fc.string(), (address, email) => {
        for (const key of Object.values(attemptKeys(email, address)))
          expect(String(key).length).toBeLessThan(200)
      }),
    )
  })
})
