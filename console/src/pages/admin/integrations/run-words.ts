import { count, duration, percent, plural } from '../../../parts/figures.ts'
import type { Tone } from '../../../parts/word.tsx'
import type { Kind, Run } from './run-query.ts'

/** How a kind stands, in a word. `waiting for` kinds have not begun. */
export function kindWord(
  kind: Kind,
  run: Pick<Run, 'status' | 'waiting' | 'mode'>,
): { tone: Tone; word: string } {
  if (run.mode === 'incremental' && kind.end === 'complete')
    return kind.pages + kind.stale > 0
      ? { tone: 'ok', word: 'Followed' }
      : { tone: 'idle', word: 'No change' }
  if (kind.end === 'complete') return { tone: 'ok', word: 'Complete' }
  if (kind.end === 'held') return { tone: 'warn', word: 'Held' }
  if (kind.end === 'truncated') return { tone: 'warn', word: 'Truncated' }
  if (kind.end === 'skipped') return { tone: 'idle', word: 'Skipped' }
  if (kind.end === 'failed') return { tone: 'bad', word: 'Failed' }
  if (run.status === 'paused') return { tone: 'idle', word: kind.read > 0 ? 'Begun' : 'To come' }
  if (run.status !== 'running' && run.status !== 'queued') return { tone: 'idle', word: 'Not read' }
  if (kind.running && run.waiting) return { tone: 'wait', word: 'Waiting' }
  return kind.running ? { tone: 'info', word: 'Reading' } : { tone: 'idle', word: 'To come' }
}

/** One sentence on how the run ended, or where it is. */
export function runSentence(run: Run): string {
  const ended = (end: Kind['end']) => run.kinds.filter((kind) => kind.end === end)
  const complete = ended('complete').length
  switch (run.status) {
    case 'queued':
      return 'Waiting for a worker. It starts within seconds.'
    case 'paused':
      return `Paused${run.paused ? ` by ${run.paused.by}` : ''}. ${plural(complete, 'kind')} of ${run.kinds.length} read to the end so far; resuming goes on from there.`
    case 'running':
      if (run.mode === 'incremental') return 'Reading again what has changed.'
      return `${plural(complete, 'kind')} of ${run.kinds.length} read to the end so far.`
    case 'complete':
      if (run.mode === 'incremental')
        return `Every change ${run.connection.connector.label} told of was read again. What it does not tell of is found by the next full run.`
      return complete === run.kinds.length
        ? 'Everything was read to the end, and Owlie can prove it.'
        : `${plural(complete, 'kind')} of ${run.kinds.length} ${complete === 1 ? 'was' : 'were'} read to the end, and Owlie can prove it. ${listWords(run)}`
    case 'cancelled':
      return 'Cancelled. What was read stays; nothing was marked stale for what was not read.'
    case 'failed':
      return 'The run could not go on. What was read before stays.'
    case 'incomplete':
      if (run.mode === 'incremental')
        return 'It is not known what has changed, so a full run was started to find out.'
      return `${plural(complete, 'kind')} of ${run.kinds.length} ${complete === 1 ? 'is' : 'are'} complete. ${listWords(run)}`
  }
}

function listWords(run: Run): string {
  const of = (end: Kind['end'], word: string) => {
    const labels = run.kinds.filter((kind) => kind.end === end).map(({ label }) => label.toLowerCase())
    return labels.length === 0 ? null : `${word}: ${labels.join(', ')}`
  }
  const parts = [
    of('held', 'Held by the guard'),
    of('skipped', 'Skipped'),
    of('truncated', 'Truncated'),
    of('failed', 'Failed'),
  ]
  return `${parts.filter((part) => part !== null).join('. ')}.`
}

/** `about 3 min left, 2 min to 5 min`. */
export function etaWords(eta: NonNullable<Run['eta']>): string {
  const low = duration(round(eta.lowMs))
  const high = duration(round(eta.highMs))
  const about = `About ${duration(round(eta.ms))} left`
  return low === high ? about : `${about}, ${low} to ${high}`
}

function round(ms: number): number {
  return Math.max(1_000, Math.round(ms / 1_000) * 1_000)
}

/** How much of the kind is read, 0 to 100; null when the total is not known. */
export function kindPercent(kind: Kind): number | null {
  if (kind.end === 'complete') return 100
  return kind.total === null ? null : percent(kind.read, kind.total)
}

/** `1,200 of 5,000`, `1,200 of about 5,000`, `1,200`. */
export function readWords(kind: Kind): string {
  if (kind.total === null || kind.end !== null) return count(kind.read)
  return `${count(kind.read)} of ${kind.totalExact ? '' : 'about '}${count(kind.total)}`
}

/** How far the run is, for the tab: a share when the totals of what is being read are known, else what was read. */
export function progressWords(run: Pick<Run, 'kinds'>): string {
  const unknown = run.kinds.some((kind) => kind.running && kind.end === null && kind.total === null)
  return unknown
    ? `${count(run.kinds.reduce((sum, { read }) => sum + read, 0))} read`
    : `${runPercent(run)} %`
}

/** Over all kinds, 0 to 100. */
export function runPercent(run: Pick<Run, 'kinds'>): number {
  const shares = run.kinds.map((kind) => (kind.end !== null ? 100 : (kindPercent(kind) ?? 0)))
  return shares.length === 0 ? 0 : Math.floor(shares.reduce((sum, share) => sum + share, 0) / shares.length)
}
