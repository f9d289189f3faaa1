/**
 * # guard: too much at once is a doubt, not a fact
 *
 * Owns the limits of how much of a kind may appear, change or vanish, in one run and within 24 hours, and the stops
 * where more did. A sync asks before it believes a kind (`judgeKind`); what is stopped marks nothing and no later
 * step builds on it, until a later run is within the limits or two people let exactly this set through.
 *
 * Promises:
 *  - **Absolute and relative, per kind, per run and per 24 hours.** Four per cent five times is twenty per cent. A small
 *    set counts like a large one; an empty answer for a kind that was not empty always stops, whatever the limits.
 *  - **A release names a set, not a number**: the hash of the ids that would be marked. A later run that finds the same
 *    set keeps the request; one that finds another makes the request void.
 *  - **Two people.** One admin asks, another confirms within an hour, typing the count. The table itself refuses a
 *    release by the person who asked; a key counts as the person who made it, and as nobody where that is not known. Who
 *    was let in by another within the last day is not yet one of two (decision 0031).
 *  - While a kind is held its limits can only be made stricter: a wider one is no way around the second person.
 *  - What was released is not held against the next 24 hours.
 *
 * How it fails: doors return a `Refusal` (`guard.*`); `judgeKind` returns the failure the kind's report shows.
 *
 * Why its own feature: syncs ask it today, other mass changes can; and the one thing between a fault and an empty
 * directory should be readable in a few minutes.
 */
export {
  createGuard,
  dayMs,
  type Guard,
  type GuardParts,
  type KindToJudge,
  personOf,
  type Release,
} from './run.ts'
export { syncRunning } from './failures.ts'
export { defaultLimits, reasonInWords } from './judge.ts'
export type { LimitInput } from './check-limit.ts'
export { type GuardStop, type Limit, type Limits, type Metric, metrics, type StopReason } from './stop.ts'
