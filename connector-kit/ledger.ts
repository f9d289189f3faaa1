import type { BucketState } from './bucket.ts'
import type { Clock } from './clock.ts'

export type BucketStates = Readonly<Record<string, BucketState>>

/** Where the buckets of one target are kept, for everybody who works on it. */
export interface RateLedger {
  /**
   * Reads all buckets, lets `change` decide, and writes back the ones it returns; no other change comes in between.
   * `now` is the ledger's own clock, the same for all who share it. May reject when the place is away.
   */
  update<T>(change: (states: BucketStates, now: number) => LedgerChange<T>): Promise<T>
}

export interface LedgerChange<T> {
  /** The buckets that changed. */
  readonly states: BucketStates
  readonly value: T
}

/** For one process alone. */
export function memoryLedger(clock: Pick<Clock, 'now'>): RateLedger {
  let kept: BucketStates = {}
  return {
    update(change) {
      const { states, value } = change(kept, clock.now())
      kept = { ...kept, ...states }
      return Promise.resolve(value)
    },
  }
}
