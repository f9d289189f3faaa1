import { auth0 } from '@owlie/connector-auth0'
import { describe, expect, test } from 'vitest'
import { forecastOf } from './forecast.ts'
import type { PlannedStep } from './operation.ts'

const step = (
  action: string,
  target: PlannedStep['target'],
  input: PlannedStep['input'] = {},
): PlannedStep => ({
  ...{ action, target, input, changeId: 'op:1', destructive: false, reversible: true, scopes: [] },
  ...{ sentence: '', request: '', differences: [], premises: [], units: [], items: [] },
})
const times = (count: number, make: (at: number) => PlannedStep) =>
  Array.from({ length: count }, (_, at) => make(at))
const rename = (at: number) => step('user.update', { user: [`auth0|${at}`] }, { name: 'Ada' })
const take = (
  steps: readonly PlannedStep[],
  ratePlan: Parameters<typeof forecastOf>[2]['ratePlan'],
  reserve = 0.2,
) => forecastOf(auth0, steps, { ratePlan, reserve })

describe('what carrying out a plan takes', () => {
  test('a look before and after what sets, creates or deletes; only after what gives and takes; none where nothing shows', () => {
    expect(take([rename(1)], 'free')).toMatchObject({ writes: 1, reads: 2 })
    const members = step('organization.add_members', {
      organization: ['org_a'],
      user: ['auth0|1', 'auth0|2'],
    })
    expect(take([members], 'free')).toMatchObject({ writes: 1, reads: 2 })
    expect(take([step('user.revoke_sessions', { user: ['auth0|1'] })], 'free')).toMatchObject({ reads: 0 })
  })

  test('the time is that of the slowest bucket, after what is full at the start', () => {
    // Writing users: 20 at once and 200 a minute; a fifth is left to others. Reading them is faster.
    expect(take(times(216, rename), 'self-service').seconds).toBe(60)
    expect(take(times(220, rename), 'self-service', 0).seconds).toBe(60)
    // All requests of the free plan share one bucket: 2 at once and 2 a second; 100 writes and 200 reads.
    expect(take(times(100, rename), 'free', 0).seconds).toBe(149)
    // Writing organizations: 5 at once and 25 a minute.
    const organizations = times(29, (at) => step('organization.create', {}, { name: `o-${at}` }))
    expect(take(organizations, 'self-service').seconds).toBe(60)
    // There writing them is faster than looking for them by name: 20 at once and 200 a minute.
    expect(take(organizations, 'enterprise').seconds).toBe(13)
  })

  test('a small plan waits for nothing, figures of one’s own count, and an unknown plan is the first', () => {
    expect(take([rename(1)], 'enterprise').seconds).toBe(0)
    expect(take(times(20, rename), { burst: 10, perMinute: 60 }, 0.5).seconds).toBe(55)
    expect(take(times(216, rename), 'unknown').seconds).toBe(60)
  })

  test('nothing is said where the connector knows no limits', () => {
    const { rate: _, ...silent } = auth0
    expect(forecastOf(silent, [rename(1)], { ratePlan: 'free', reserve: 0 }).seconds).toBeNull()
  })
})
