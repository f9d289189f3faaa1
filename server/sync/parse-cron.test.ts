import { describe, expect, it } from 'vitest'
import { checkSchedule, nextTimes } from './parse-cron.ts'

const now = new Date('2026-03-28T12:00:00Z')
const times = (cron: string, timeZone: string, many = 3, after = now) =>
  nextTimes({ cron, timeZone }, after, many).map((at) => at.toISOString())

describe('the next times', () => {
  it.each([
    ['0 3 * * *', 'UTC', ['2026-03-29T03:00:00.000Z', '2026-03-30T03:00:00.000Z', '2026-03-31T03:00:00.000Z']],
    // Summer time begins on 29 March 2026 in Europe: the wall clock stays, the instant moves.
    ['0 3 * * *', 'Europe/Berlin', ['2026-03-29T01:00:00.000Z', '2026-03-30T01:00:00.000Z', '2026-03-31T01:00:00.000Z']],
    ['0 3 * * *', 'America/New_York', ['2026-03-29T07:00:00.000Z', '2026-03-30T07:00:00.000Z', '2026-03-31T07:00:00.000Z']],
    ['*/20 8-9 * * MON', 'Asia/Kolkata', ['2026-03-30T02:30:00.000Z', '2026-03-30T02:50:00.000Z', '2026-03-30T03:10:00.000Z']],
    ['15 6 1 * *', 'UTC', ['2026-04-01T06:15:00.000Z', '2026-05-01T06:15:00.000Z', '2026-06-01T06:15:00.000Z']],
  ])('%s in %s', (cron, timeZone, expected) => {
    expect(times(cron, timeZone)).toEqual(expected)
  }) // prettier-ignore

  it('an hour that is left out in spring, or comes twice in autumn, makes one run a day', () => {
    const spring = times('30 2 * * *', 'Europe/Berlin', 3)
    expect(spring.map((at) => at.slice(0, 10))).toEqual(['2026-03-29', '2026-03-30', '2026-03-31'])
    const autumn = times('30 2 * * *', 'Europe/Berlin', 3, new Date('2026-10-24T12:00:00Z'))
    expect(autumn.map((at) => at.slice(0, 10))).toEqual(['2026-10-25', '2026-10-26', '2026-10-27'])
  })
})

describe('a schedule that cannot be is refused at its field, with all that is wrong', () => {
  const codes = (cron: string, timeZone = 'UTC', incrementalMinutes: number | null = null) =>
    checkSchedule({ enabled: true, cron, timeZone, incrementalMinutes }, now).map(
      ({ code, field }) => `${field} ${code}`,
    )

  it.each([
    ['0 3 * * *', []],
    ['0 */6 * * *', []],
    ['*/5 * * * *', []],
    ['0 3 * * SUN', []],
    ['', ['cron sync.bad_cron']],
    ['daily', ['cron sync.bad_cron']],
    ['@daily', ['cron sync.bad_cron']],
    ['0 0 3 * * *', ['cron sync.bad_cron']],
    ['60 3 * * *', ['cron sync.bad_cron']],
    ['0 25 * * *', ['cron sync.bad_cron']],
    ['0 3 * * FOO', ['cron sync.bad_cron']],
    ['0 3 30 2 *', ['cron sync.cron_never']],
    ['* * * * *', ['cron sync.cron_too_often']],
    ['58,2 * * * *', ['cron sync.cron_too_often']],
  ])('%s', (cron, expected) => {
    expect(codes(cron)).toEqual(expected)
  })

  it.each(['Mars/Olympus', '', '+02:00', 'Europe/Berlin; drop', '../etc'])('in the zone %s', (timeZone) => {
    expect(codes('0 3 * * *', timeZone)).toEqual(['timeZone sync.bad_time_zone'])
  })

  it('several at once', () => {
    expect(codes('x', 'y', 0)).toEqual([
      'timeZone sync.bad_time_zone',
      'cron sync.bad_cron',
      'incrementalMinutes sync.bad_incremental',
    ])
  })
})
