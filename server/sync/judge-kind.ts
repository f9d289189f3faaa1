import type { Failure } from '@owlie/connector-kit'
import type { KindTally } from '../inventory/index.ts'
import { emptyAnswer, namelessRecords } from './failures.ts'
import type { KindEnd, KindRow } from './sync-run.ts'

export interface KindVerdict {
  readonly end: KindEnd & ('complete' | 'truncated')
  readonly reason: string | null
  readonly failure: Failure | null
}

/**
 * Whether a kind whose every page was read is complete. Only a complete kind may mark anything stale, so every doubt
 * makes it truncated. Pure.
 */
export function judgeKind(
  row: Pick<KindRow, 'label' | 'truncations' | 'truncatedWhy' | 'nameless' | 'containersTotal'>,
  tally: Pick<KindTally, 'seen' | 'present'>,
): KindVerdict {
  const failure = doubt(row, tally)
  if (!failure) return { end: 'complete', reason: null, failure: null }
  return { end: 'truncated', reason: reasonOf(row, failure), failure }
}

function doubt(
  { label, truncations, truncatedWhy, nameless }: Parameters<typeof judgeKind>[0],
  { seen, present }: Parameters<typeof judgeKind>[1],
): Failure | null {
  if (truncations > 0 && truncatedWhy) return truncatedWhy
  if (nameless > 0) return namelessRecords(label, nameless)
  return seen === 0 && present > 0 ? emptyAnswer(label, present) : null
}

function reasonOf(
  { truncations, containersTotal }: Parameters<typeof judgeKind>[0],
  failure: Failure,
): string {
  if (truncations === 0 || containersTotal === null) return failure.message
  return `${failure.message} (${truncations} of ${containersTotal} lists may be incomplete.)`
}
