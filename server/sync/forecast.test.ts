import { auth0 } from '@owlie/connector-auth0'
import type { ForecastInput, ReadForecast } from '@owlie/connector-kit'
import { describe, expect, it } from 'vitest'
import { forecastOf } from './forecast.ts'

const never = { sizes: {}, at: null }
const unknown = { ratePlan: 'unknown', reserve: 0.2 }
const readOnly = ['read:users', 'read:roles', 'read:organizations', 'read:organization_members']

/** What the connector is asked, of a manifest that is real. */
function asked(entered: readonly string[], granted: readonly string[] | null): ForecastInput {
  let seen: ForecastInput | undefined
  const nothing: ReadForecast = { kinds: [], requests: 1, atMost: null, buckets: [], minutes: 0 }
  forecastOf(
    { manifest: auth0.manifest, forecast: (input) => ((seen = input), nothing) },
    entered,
    granted,
    never,
    unknown,
  )
  return seen!
}

describe('what is forecast', () => {
  it.each<[string, string[], string[] | null, string[]]>([
    [
      'before anything was granted, what was entered',
      readOnly,
      null,
      ['users', 'roles', 'organizations', 'organization_members'],
    ],
    ['what was entered and not granted is not read', readOnly, ['read:users'], ['users']],
    [
      'what was granted and not entered is read all the same',
      ['read:users'],
      ['read:users', 'read:roles', 'read:role_members'],
      ['users', 'roles', 'role_members'],
    ],
    ['but not an optional kind', ['read:users'], ['read:users', 'read:resource_servers'], ['users']],
    [
      'an optional kind that was entered and granted',
      ['read:users', 'read:resource_servers'],
      ['read:users', 'read:resource_servers'],
      ['users', 'resource_servers'],
    ],
    [
      'what another kind carries is among them',
      [...readOnly, 'read:organization_member_roles'],
      null,
      [
        'users',
        'roles',
        'organizations',
        'organization_members',
        'organization_roles',
        'organization_member_roles',
      ],
    ],
  ])('%s', (_, entered, granted, kinds) => {
    expect(asked(entered, granted).kinds).toEqual(kinds)
  })

  it('goes by the first rate plan when nobody has said which, and says so', () => {
    const counted = { sizes: { users: { count: 250 } }, at: new Date(5) }
    const forecast = forecastOf(auth0, readOnly, null, counted, unknown)
    expect(forecast).toMatchObject({
      plan: { label: auth0.manifest.ratePlans![0]!.label, assumed: true },
      reserve: 0.2,
      countedAt: new Date(5).toISOString(),
    })
    expect(forecast!.kinds[0]).toMatchObject({ kind: 'users', label: 'Users', requests: 3 })
    const slow = forecastOf(auth0, readOnly, null, counted, { ratePlan: 'free', reserve: 0.5 })
    expect(slow).toMatchObject({ plan: { label: 'Free', assumed: false }, reserve: 0.5 })
    expect(slow!.buckets.map(({ bucket }) => bucket)).toEqual(['overall'])
    const own = { ratePlan: { burst: 5, perMinute: 60 }, reserve: 0 }
    expect(forecastOf(auth0, readOnly, null, counted, own)!.plan).toEqual({
      label: '5 at once, 60 a minute',
      assumed: false,
    })
  })

  it('a connector that cannot tell says nothing', () => {
    expect(forecastOf({ manifest: auth0.manifest }, readOnly, null, never, unknown)).toBeNull()
  })
})
