import type { Operation, Plan } from './operation.ts'

export interface StepCounts {
  readonly steps: number
  readonly done: number
  readonly failed: number
  /** Of them, since the plan was last approved: a plan that waited for a person did not run meanwhile. */
  readonly endedSince: number
}

export const noSteps: StepCounts = { steps: 0, done: 0, failed: 0, endedSince: 0 }

/**
 * How far it is and how long it still takes: by the rate so far, and never sooner than the rate limits allow, because
 * what is full at the start lets the first steps go faster than the rest. Pure.
 */
export function progressOf(
  { steps, done, failed, endedSince }: StepCounts,
  { state, plan, now }: Pick<Operation, 'state' | 'plan'> & { readonly now: number },
): Operation['progress'] {
  const counts = { steps, done, failed }
  const since = plan?.approvedAt?.getTime() ?? null
  if (state !== 'applying' || since === null || !plan) return { ...counts, perMinute: null, etaMs: null }
  const elapsed = Math.max(1, now - since)
  const left = Math.max(0, steps - done - failed)
  const limited = limitedMs(plan, (left + endedSince) / Math.max(1, steps)) - elapsed
  if (endedSince === 0) return { ...counts, perMinute: null, etaMs: limited > 0 ? Math.round(limited) : null }
  return {
    ...counts,
    perMinute: Math.round((endedSince * 60_000) / elapsed),
    etaMs: Math.round(Math.max((elapsed / endedSince) * left, left === 0 ? 0 : limited)),
  }
}

function limitedMs({ summary }: Plan, share: number): number {
  return (summary.forecast.seconds ?? 0) * 1_000 * share
}
