import { createHash } from 'node:crypto'
import { isIPv4, isIPv6 } from 'node:net'

/** What is known about one key of the guard. Times in milliseconds since the epoch. */
export interface Strikes {
  readonly failures: number
  readonly notBefore: number
  readonly touchedAt: number
}

/** The keys one attempt counts against. */
export interface AttemptKeys {
  /** This account from any address. */
  readonly account: string
  /** This address with any account; null when the server cannot tell the address. */
  readonly address: string | null
  /** This account from this address: exists only after a success from there. */
  readonly pair: string | null
}

const minute = 60_000
const hour = 60 * minute

/** Attempts that cost no waiting. More per address, because an office shares one. */
const freeAttempts = { account: 4, address: 20 } as const
const longestDelay = 15 * minute
/** After this long without an attempt the count starts again. */
const forgetFailures = 24 * hour
/** How long an address from which the operator signed in counts separately. */
export const rememberPlace = 30 * 24 * hour

export type Decision =
  | { readonly go: true; readonly write: ReadonlyMap<string, Strikes> }
  | { readonly go: false; readonly waitMs: number }

/**
 * Whether this attempt may be looked at, and what to remember if it fails. The failure is counted *before* the
 * password is checked, so a thousand guesses at once are not a thousand looks.
 *
 * From the 5th failure the wait doubles from 1 s to 15 min. An operator who has signed in from this address before is
 * counted under `pair` instead of `account`, so that somebody elsewhere who guesses at the account cannot keep its
 * owner out.
 */
export function decide(keys: AttemptKeys, stored: ReadonlyMap<string, Strikes>, now: number): Decision {
  const pair = keys.pair === null ? undefined : stored.get(keys.pair)
  const knownPlace = keys.pair !== null && pair !== undefined && now - pair.touchedAt < rememberPlace
  const counted: [key: string, free: number][] = [
    [knownPlace ? keys.pair! : keys.account, freeAttempts.account],
    ...(keys.address === null ? [] : [[keys.address, freeAttempts.address] as [string, number]]),
  ]
  const waitMs = Math.max(...counted.map(([key]) => (stored.get(key)?.notBefore ?? 0) - now))
  if (waitMs > 0) return { go: false, waitMs }
  return { go: true, write: new Map(counted.map(([key, free]) => [key, struck(stored.get(key), free, now)])) }
}

function struck(before: Strikes | undefined, free: number, now: number): Strikes {
  const fresh = before === undefined || now - before.touchedAt > forgetFailures
  const failures = fresh ? 1 : before.failures + 1
  const delay = failures <= free ? 0 : Math.min(1000 * 2 ** Math.min(failures - free - 1, 20), longestDelay)
  return { failures, notBefore: now + delay, touchedAt: now }
}

export function attemptKeys(email: string, address: string | null): AttemptKeys {
  const account = createHash('sha256').update(email.trim().toLowerCase()).digest('hex')
  const place = address === null ? null : network(address)
  return {
    account: `account:${account}`,
    address: place === null ? null : `address:${place}`,
    pair: place === null ? null : `pair:${account}:${place}`,
  }
}

/** An IPv4 address as it is, an IPv6 address as its /64, which is what one customer gets. */
function network(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped) return mapped
  if (isIPv4(address)) return address
  if (!isIPv6(address)) return 'other'
  const [left = '', right = ''] = address.split('%')[0]!.toLowerCase().split('::')
  const head = left === '' ? [] : left.split(':')
  const tail = right === '' ? [] : right.split(':')
  const groups = address.includes('::')
    ? [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail]
    : head
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}
