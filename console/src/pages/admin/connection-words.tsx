import type { JSX } from 'react'
import { type Tone, Word } from '../../parts/word.tsx'

type RunStatus = 'cancelled' | 'complete' | 'failed' | 'incomplete' | 'paused' | 'queued' | 'running'

/** The words of a run's states, once for every page. */
const runWords: Readonly<Record<RunStatus, { readonly tone: Tone; readonly word: string }>> = {
  queued: { tone: 'idle', word: 'Queued' },
  running: { tone: 'info', word: 'Running' },
  paused: { tone: 'wait', word: 'Paused' },
  complete: { tone: 'ok', word: 'Complete' },
  incomplete: { tone: 'warn', word: 'Incomplete' },
  failed: { tone: 'bad', word: 'Failed' },
  cancelled: { tone: 'idle', word: 'Cancelled' },
}

export function RunWord({ status }: { status: RunStatus }): JSX.Element {
  const { tone, word } = runWords[status]
  return <Word tone={tone}>{word}</Word>
}

export function StateWord({ state }: { state: 'incomplete' | 'ready' }): JSX.Element {
  return state === 'ready' ? <Word tone="ok">Ready</Word> : <Word tone="warn">Incomplete</Word>
}

/** Without a schedule, what is seen counts as late after this long. Milliseconds. */
export const lateAfterMs = 24 * 3_600_000

interface Seen {
  readonly activeRun: { readonly id: string } | null
  readonly lastRun: { readonly status: RunStatus; readonly finishedAt: string | null } | null
}

/** How old what Owlie knows is: another question than how the last run ended. */
export function Lateness({ connection, now }: { connection: Seen; now: number }): JSX.Element {
  const { activeRun, lastRun } = connection
  if (activeRun) return <Word tone="info">Syncing</Word>
  if (!lastRun?.finishedAt) return <Word tone="idle">Never synced</Word>
  const late = now - Date.parse(lastRun.finishedAt) > lateAfterMs
  return late ? (
    <Word tone="warn" late>
      Late
    </Word>
  ) : (
    <Word tone="ok">On time</Word>
  )
}
