import { type Check, type Clock, type Failure, FailureError, type TestListener } from '@owlie/connector-kit'

/** How a row ended. */
export interface Verdict {
  readonly status: 'passed' | 'warning' | 'failed' | 'skipped'
  readonly sentence: string
  readonly failure?: Failure
}

/** The rows of one test, in the order they began. Tells the listener at every change. */
export interface Board {
  /** Runs one row. A thrown `FailureError` becomes a failed row; returns null then, else what `action` gave. */
  run<T>(
    name: string,
    label: string,
    action: () => Promise<{ verdict: Verdict; value: T }>,
  ): Promise<T | null>
  /** A row that needs no time. */
  put(name: string, label: string, verdict: Verdict): void
  rows(): readonly Check[]
}

/** `failureOf` names what was thrown; it also knows whether the test was stopped. */
export function openBoard(
  clock: Clock,
  listen: TestListener | undefined,
  failureOf: (error: unknown) => Failure,
): Board {
  const rows: Check[] = []
  const tell = () => listen?.([...rows])

  const board: Board = {
    rows: () => [...rows],
    put(name, label, verdict) {
      rows.push({ name, label, durationMs: 0, ...verdict })
      tell()
    },
    async run(name, label, action) {
      const at = rows.length
      const started = clock.monotonic()
      rows.push({ name, label, status: 'running', sentence: 'Running …', durationMs: null })
      tell()
      const end = (verdict: Verdict) => {
        rows[at] = { name, label, durationMs: Math.round(clock.monotonic() - started), ...verdict }
        tell()
      }
      try {
        const { verdict, value } = await action()
        end(verdict)
        return value
      } catch (error) {
        const failure = error instanceof FailureError ? error.failure : failureOf(error)
        end({ status: 'failed', sentence: failure.message, failure })
        return null
      }
    },
  }
  return board
}

export function passed(sentence: string): Verdict {
  return { status: 'passed', sentence }
}

export function skipped(sentence: string, failure?: Failure): Verdict {
  return { status: 'skipped', sentence, ...(failure ? { failure } : {}) }
}
