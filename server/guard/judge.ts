import { createHash } from 'node:crypto'
import type { Limit, Limits, Measure, Metric, StopReason } from './stop.ts'
import { metrics } from './stop.ts'

const unlimited: Limit = { free: 0, absolute: null, percent: null }

/**
 * What may happen where nobody has said otherwise. One object is always one object; of more, five in a hundred may
 * vanish within a day, whatever the size of the set: an organization of twenty counts like one of twenty thousand.
 * Accounts change whenever their people sign in, so their changes are not counted unless somebody sets a limit.
 */
export const defaultLimits: Readonly<Record<Measure['yields'], Limits>> = {
  account: {
    created: { free: 20, absolute: 20_000, percent: 50 },
    changed: unlimited,
    missed: { free: 1, absolute: 1_000, percent: 5 },
  },
  entitlement: {
    created: { free: 20, absolute: 2_000, percent: 50 },
    changed: { free: 20, absolute: 2_000, percent: 50 },
    missed: { free: 1, absolute: 100, percent: 5 },
  },
  grant: {
    created: { free: 50, absolute: 50_000, percent: 50 },
    changed: unlimited,
    missed: { free: 5, absolute: 5_000, percent: 5 },
  },
}

/** Every limit this kind's changes cross; none: it may be believed. Pure. */
export function judge(measure: Measure, limits: Limits): readonly StopReason[] {
  const { seen, present, presentDayAgo } = measure
  if (seen === 0 && present > 0)
    return [{ metric: 'missed', window: 'run', rule: 'empty', count: present, base: present, limit: 0 }]
  return metrics.flatMap((metric) => [
    ...crossed(metric, 'run', measure.run[metric], present, limits[metric]),
    // What the run alone does is not said twice.
    ...(measure.day[metric] > measure.run[metric]
      ? crossed(metric, 'day', measure.day[metric], presentDayAgo, limits[metric])
      : []),
  ])
}

function crossed(
  metric: Metric,
  window: StopReason['window'],
  count: number,
  base: number,
  { free, absolute, percent }: Limit,
): readonly StopReason[] {
  // A first reading finds everything new; there is nothing it could be a share of.
  if (base === 0 || count <= free) return []
  const found = { metric, window, count, base }
  return [
    ...(absolute !== null && count > absolute
      ? [{ ...found, rule: 'absolute', limit: absolute } as const]
      : []),
    ...(percent !== null && count * 100 > percent * base
      ? [{ ...found, rule: 'percent', limit: percent } as const]
      : []),
  ]
}

/** Names exactly what a release would let through: the same objects of the same kind for the same reasons. Pure. */
export function hashOfSet(
  connectionId: string,
  kind: string,
  missed: readonly string[],
  counts: { readonly created: number; readonly changed: number },
): string {
  const lines = [
    connectionId,
    kind,
    `created ${counts.created}`,
    `changed ${counts.changed}`,
    ...missed.toSorted(),
  ]
  return createHash('sha256').update(lines.join('\n')).digest('hex')
}

/** One reason as half a sentence: `52 of 1,000 vanished (5.2 %, at most 5 %)`. Pure. */
export function reasonInWords({ metric, window, rule, count, base, limit }: StopReason): string {
  const did = { created: 'are new', changed: 'changed', missed: 'vanished' }[metric]
  const when = window === 'day' ? ' within 24 hours' : ''
  const head = `${words(count)} of ${words(base)} ${did}${when}`
  if (rule === 'empty') return `all ${words(count)} vanished`
  if (rule === 'absolute') return `${head} (at most ${words(limit)})`
  const share = Math.round((count * 1000) / base) / 10
  return `${head} (${share} %, at most ${limit} %)`
}

function words(count: number): string {
  return count.toLocaleString('en')
}
