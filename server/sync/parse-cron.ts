import type { Failure } from '@owlie/connector-kit'
import { Cron } from 'croner'
import { badCron, badIncremental, badTimeZone, cronNever, cronTooOften } from './failures.ts'
import type { ScheduleInput } from './schedule.ts'

/** Closer together than this, full runs would only wait for each other, ms. */
const leastBetween = 5 * 60_000
/** Looked at for the least distance between two runs. */
const looked = 50

/** The next times after `after`, ascending; empty when there are none, or the schedule is not valid. Pure. */
export function nextTimes(
  { cron, timeZone }: Pick<ScheduleInput, 'cron' | 'timeZone'>,
  after: Date,
  many: number,
): readonly Date[] {
  const parsed = parse(cron, timeZone)
  return parsed instanceof Cron ? parsed.nextRuns(many, after) : []
}

/** Everything that is wrong with a schedule, each with the field it belongs to. Pure. */
export function checkSchedule(input: ScheduleInput, now: Date): readonly Failure[] {
  const { cron, timeZone, incrementalMinutes } = input
  const failures: Failure[] = []
  const zone = zoneOf(timeZone)
  if (zone === null) failures.push(badTimeZone(timeZone))
  const parsed = parse(cron, zone ?? 'UTC')
  if (parsed instanceof Cron) failures.push(...checkTimes(cron, parsed.nextRuns(looked, now)))
  else failures.push(parsed)
  const isMinutes =
    incrementalMinutes === null ||
    (Number.isInteger(incrementalMinutes) && incrementalMinutes >= 1 && incrementalMinutes <= 1440)
  if (!isMinutes) failures.push(badIncremental())
  return failures
}

function checkTimes(cron: string, times: readonly Date[]): readonly Failure[] {
  if (times.length === 0) return [cronNever(cron)]
  const isClose = times.some((at, index) => {
    const before = times[index - 1]
    return before !== undefined && at.getTime() - before.getTime() < leastBetween
  })
  return isClose ? [cronTooOften(cron)] : []
}

function parse(cron: string, timeZone: string): Cron | Failure {
  // A wish like @daily means midnight to the library, and nobody can see that in it.
  const fields = cron.trim().split(/\s+/)
  if (fields.length !== 5) return badCron(cron, `It has ${fields.length} of the five fields.`)
  try {
    return new Cron(cron.trim(), { mode: '5-part', timezone: timeZone, paused: true })
  } catch (error) {
    return badCron(cron, error instanceof Error ? wordsOf(error) : 'It cannot be read.')
  }
}

/** The library names itself in front of its sentences. */
function wordsOf({ message }: Error): string {
  return message.replace(/^Cron(?:Pattern)?:\s*/, '').slice(0, 200)
}

/** The zone, when there is one of this name; offsets such as `+02:00` know no summer time and are refused. */
function zoneOf(timeZone: string): string | null {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{0,99}$/.test(timeZone)) return null
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone
  } catch {
    return null
  }
}
