import { auth0 } from '@owlie/connector-auth0'
import { describe, expect, test } from 'vitest'
import {
  checkRate,
  type EnteredRate,
  rateColumns,
  rateInWords,
  type RateSetting,
  savedRate,
  standardRate,
} from './check-rate.ts'

const custom: RateSetting = { ratePlan: { burst: 20, perMinute: 600 }, reserve: 0.5 }

function checked(entered: EnteredRate, saved = standardRate) {
  const { failures, ...rate } = checkRate(auth0, saved, entered)
  return failures.length === 0 ? rate : failures.map(({ field, code }) => `${field} ${code}`)
}

describe('what is entered', () => {
  test.each<[string, EnteredRate, RateSetting, RateSetting | string[]]>([
    ['nothing, for a new connection', {}, standardRate, { ratePlan: 'unknown', reserve: 0.2 }],
    ['nothing, over what is saved', {}, custom, custom],
    ['a plan', { ratePlan: 'free' }, standardRate, { ratePlan: 'free', reserve: 0.2 }],
    ['a plan over figures', { ratePlan: 'free' }, custom, { ratePlan: 'free', reserve: 0.5 }],
    ['unknown again', { ratePlan: 'unknown' }, custom, { ratePlan: 'unknown', reserve: 0.5 }],
    [
      'figures alone',
      { customRate: { burst: 1, perMinute: 1 } },
      standardRate,
      { ratePlan: { burst: 1, perMinute: 1 }, reserve: 0.2 },
    ],
    ['custom, with figures saved', { ratePlan: 'custom' }, custom, custom],
    [
      'custom without figures',
      { ratePlan: 'custom' },
      standardRate,
      ['customRate connection.custom_rate_wrong'],
    ],
    [
      'figures that are none',
      { customRate: { burst: 0, perMinute: 10 } },
      standardRate,
      ['customRate connection.custom_rate_wrong'],
    ],
    [
      'figures beside a plan',
      { ratePlan: 'free', customRate: { burst: 1, perMinute: 1 } },
      standardRate,
      ['customRate connection.custom_rate_unused'],
    ],
    ['a plan there is not', { ratePlan: 'gold' }, standardRate, ['ratePlan connection.unknown_rate_plan']],
    ['no reserve', { reservePercent: 0 }, standardRate, { ratePlan: 'unknown', reserve: 0 }],
    ['the most', { reservePercent: 90 }, standardRate, { ratePlan: 'unknown', reserve: 0.9 }],
    ['too much', { reservePercent: 91 }, standardRate, ['reservePercent connection.reserve_out_of_range']],
    [
      'less than none',
      { reservePercent: -1 },
      standardRate,
      ['reservePercent connection.reserve_out_of_range'],
    ],
    [
      'parts of a percent',
      { reservePercent: 12.5 },
      standardRate,
      ['reservePercent connection.reserve_out_of_range'],
    ],
    [
      'everything wrong at once',
      { ratePlan: 'gold', reservePercent: 100 },
      standardRate,
      ['ratePlan connection.unknown_rate_plan', 'reservePercent connection.reserve_out_of_range'],
    ],
  ])('%s', (_, entered, saved, expected) => {
    expect(checked(entered, saved)).toEqual(expected)
  })

  test('the remedy names the plans there are', () => {
    const { failures } = checkRate(auth0, standardRate, { ratePlan: 'gold' })
    expect(failures[0]!.remedy).toContain('free, enterprise, enterprise-non-production, custom')
  })
})

test.each([standardRate, custom, { ratePlan: 'free', reserve: 0 }])(
  'is stored and read back as it was: %o',
  (rate) => {
    expect(savedRate(rateColumns(rate))).toEqual(rate)
  },
)

test('reads well in the audit', () => {
  expect(rateInWords(standardRate)).toBe('unknown; reserve 20 %')
  expect(rateInWords(custom)).toBe('20 at once, 600 a minute; reserve 50 %')
})
