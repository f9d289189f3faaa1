import { describe, expect, it } from 'vitest'
import { rateInput } from './commands/connection-edit.ts'

describe('rate options', () => {
  it.each([
    [{}, {}],
    [{ ratePlan: 'free' }, { ratePlan: 'free' }],
    [{ ratePlan: '10/600' }, { customRate: { burst: 10, perMinute: 600 } }],
    // Anything else is for the server to refuse, with the plans there are.
    [{ ratePlan: '10/' }, { ratePlan: '10/' }],
    [{ reserve: '0' }, { reservePercent: 0 }],
    [
      { ratePlan: 'unknown', reserve: '35%' },
      { ratePlan: 'unknown', reservePercent: 35 },
    ],
  ])('%o', (flags, expected) => {
    expect(rateInput(flags)).toEqual(expected)
  })

  it.each(['', 'a lot', '-1', '12.5', '1e1'])(
    'a reserve of %j is refused before anything is sent',
    (reserve) => {
      expect(() => rateInput({ reserve })).toThrow('whole number of percent')
    },
  )
})
