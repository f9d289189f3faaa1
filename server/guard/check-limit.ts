import type { Failure } from '@owlie/connector-kit'
import { type Limit, type Metric, metrics } from './stop.ts'

export interface LimitInput {
  readonly metric: string
  readonly free: number
  readonly absolute: number | null
  readonly percent: number | null
}

/** All problems of what was entered, or the limit. Pure. */
export function checkLimit(
  input: LimitInput,
): { readonly metric: Metric; readonly limit: Limit } | readonly Failure[] {
  const { free, absolute, percent } = input
  const problems: Failure[] = []
  const metric = metrics.find((name) => name === input.metric)
  if (metric === undefined) problems.push(bad('metric', `Choose one of ${metrics.join(', ')}.`))
  if (!isCount(free)) problems.push(bad('free', 'Give a whole number from 0 to 1,000,000.'))
  if (absolute !== null && !isCount(absolute))
    problems.push(bad('absolute', 'Give a whole number from 0 to 1,000,000, or leave it empty.'))
  if (percent !== null && !(percent >= 0 && percent <= 100))
    problems.push(bad('percent', 'Give a number from 0 to 100, or leave it empty.'))
  if (metric === undefined || problems.length > 0) return problems
  return {
    metric,
    limit: { free, absolute, percent: percent === null ? null : Math.round(percent * 100) / 100 },
  }
}

/** Whether something stopped by `before` could pass `now`. Pure. */
export function isLooser(now: Limit, before: Limit): boolean {
  const more = (a: number | null, b: number | null) => (a ?? Infinity) > (b ?? Infinity)
  return now.free > before.free || more(now.absolute, before.absolute) || more(now.percent, before.percent)
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 1_000_000
}

function bad(field: string, remedy: string): Failure {
  return {
    kind: 'config',
    code: 'guard.bad_limit',
    message: `The limit's ${field} is not usable.`,
    remedy,
    field,
  }
}
