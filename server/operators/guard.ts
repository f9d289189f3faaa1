import type { Database } from '../db/index.ts'
import { type AttemptKeys, decide, rememberPlace, type Strikes } from './back-off.ts'
import { dropOldStrikes, lockStrikes, writeStrikes } from './store.ts'

export type Admission = { readonly admitted: true } | { readonly admitted: false; readonly waitMs: number }

/** Counts an attempt as failed and says whether it may be looked at. Commits before it answers. */
export function admit(database: Database, keys: AttemptKeys, now: number): Promise<Admission> {
  return database.system(async (trx) => {
    const decision = decide(keys, await lockStrikes(trx, present(keys)), now)
    if (!decision.go) return { admitted: false, waitMs: decision.waitMs }
    await writeStrikes(trx, decision.write)
    return { admitted: true }
  })
}

/**
 * Takes back what `admit` counted after the password was right. The address keeps its earlier failures: who guesses
 * at many accounts must not wipe them by signing in to one.
 */
export function clear(database: Database, keys: AttemptKeys, now: number): Promise<void> {
  return database.system(async (trx) => {
    const stored = await lockStrikes(trx, present(keys))
    const clean: Strikes = { failures: 0, notBefore: now, touchedAt: now }
    const write = new Map<string, Strikes>()
    const pair = keys.pair === null ? undefined : stored.get(keys.pair)
    const knownPlace = pair !== undefined && now - pair.touchedAt < rememberPlace
    if (!knownPlace) write.set(keys.account, clean)
    if (keys.pair !== null) write.set(keys.pair, clean)
    if (keys.address !== null) {
      const failures = Math.max((stored.get(keys.address)?.failures ?? 1) - 1, 0)
      write.set(keys.address, { failures, notBefore: now, touchedAt: now })
    }
    await writeStrikes(trx, write)
    await dropOldStrikes(trx, new Date(now - rememberPlace))
  })
}

function present(keys: AttemptKeys): readonly string[] {
  return [keys.account, keys.address, keys.pair].filter((key) => key !== null)
}
