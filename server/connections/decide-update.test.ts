import type { Check, ConfigField, Failure } from '@owlie/connector-kit'
import { describe, expect, test } from 'vitest'
import { decideState, type Evidence, stateAfterTest } from './decide-state.ts'
import { decideUpdate, type SavedMaterial } from './decide-update.ts'

const field = (name: string, label: string, more: Partial<ConfigField> = {}): ConfigField => ({
  name,
  label,
  input: 'text',
  required: true,
  hint: '',
  ...more,
})

const fields = [
  field('domain', 'Auth0 Domain', { bindsSecrets: true }),
  field('clientId', 'Client ID', { bindsSecrets: true }),
  field('clientSecret', 'Client Secret', { input: 'secret' }),
  field('signingKey', 'Signing key', { input: 'secret', required: false }),
  field('scopes', 'Scopes', { input: 'scopes', required: false }),
]
const config = { domain: 'a.auth0.com', clientId: 'c1', scopes: 'read:users' }
const saved: SavedMaterial = { config, secretFields: ['clientSecret'] }
const ready = { state: 'ready', stateReason: null } as const
const passed: Evidence = { is: 'test', status: 'passed', summary: '9 checks passed.' }
const none: Evidence = { is: 'none' }

interface Row {
  readonly what: string
  readonly saved: SavedMaterial | null
  readonly config: Record<string, string>
  readonly given: string[]
  readonly evidence: Evidence
  readonly secrets: { kept: string[]; dropped: string[]; set: string[] }
  readonly changed: string[]
  readonly state: 'ready' | 'incomplete'
  readonly reason: string | null
}

const all = (kept: string[], dropped: string[], set: string[]) => ({ kept, dropped, set })
const rows: Row[] = [
  {
    what: 'a new connection, untested',
    saved: null,
    config,
    given: ['clientSecret'],
    evidence: none,
    secrets: all([], [], ['clientSecret']),
    changed: ['clientId', 'domain', 'scopes'],
    state: 'incomplete',
    reason: 'Not tested yet. Run Test connection.',
  },
  {
    what: 'a new connection with a passed test of these values',
    saved: null,
    config,
    given: ['clientSecret'],
    evidence: passed,
    secrets: all([], [], ['clientSecret']),
    changed: ['clientId', 'domain', 'scopes'],
    state: 'ready',
    reason: null,
  },
  {
    what: 'a new connection with a test of other values',
    saved: null,
    config,
    given: ['clientSecret'],
    evidence: { is: 'unfit' },
    secrets: all([], [], ['clientSecret']),
    changed: ['clientId', 'domain', 'scopes'],
    state: 'incomplete',
    reason: 'The test was not of these values. Run Test connection.',
  },
  {
    what: 'a new connection whose test failed',
    saved: null,
    config,
    given: ['clientSecret'],
    evidence: { is: 'test', status: 'failed', summary: 'Auth0 refused the secret.' },
    secrets: all([], [], ['clientSecret']),
    changed: ['clientId', 'domain', 'scopes'],
    state: 'incomplete',
    reason: 'The last test failed: Auth0 refused the secret.',
  },
  {
    what: 'a new connection without its secret, whatever the test said',
    saved: null,
    config,
    given: [],
    evidence: passed,
    secrets: all([], [], []),
    changed: ['clientId', 'domain', 'scopes'],
    state: 'incomplete',
    reason: 'Client Secret is missing. Enter it, then test.',
  },
  {
    what: 'nothing changed',
    saved,
    config,
    given: [],
    evidence: none,
    secrets: all(['clientSecret'], [], []),
    changed: [],
    state: 'ready',
    reason: null,
  },
  {
    what: 'a field that does not bind',
    saved,
    config: { ...config, scopes: 'read:users read:roles' },
    given: [],
    evidence: none,
    secrets: all(['clientSecret'], [], []),
    changed: ['scopes'],
    state: 'incomplete',
    reason: 'Not tested since the last change. Run Test connection.',
  },
  {
    what: 'the domain, without a new secret',
    saved,
    config: { ...config, domain: 'b.auth0.com' },
    given: [],
    evidence: passed,
    secrets: all([], ['clientSecret'], []),
    changed: ['domain'],
    state: 'incomplete',
    reason:
      'Client Secret was removed because Auth0 Domain changed: a secret is only ever sent where it was entered for. Enter it again, then test.',
  },
  {
    what: 'domain and client id, without a new secret',
    saved,
    config: { ...config, domain: 'b.auth0.com', clientId: 'c2' },
    given: [],
    evidence: none,
    secrets: all([], ['clientSecret'], []),
    changed: ['clientId', 'domain'],
    state: 'incomplete',
    reason:
      'Client Secret was removed because Auth0 Domain and Client ID changed: a secret is only ever sent where it was entered for. Enter it again, then test.',
  },
  {
    what: 'the client id with a new secret, tested',
    saved,
    config: { ...config, clientId: 'c2' },
    given: ['clientSecret'],
    evidence: { is: 'test', status: 'warning', summary: 'Works, with 1 warning: …' },
    secrets: all([], [], ['clientSecret']),
    changed: ['clientId'],
    state: 'ready',
    reason: null,
  },
  {
    what: 'the domain with one of two secrets typed anew: the other goes',
    saved: { config, secretFields: ['clientSecret', 'signingKey'] },
    config: { ...config, domain: 'b.auth0.com' },
    given: ['clientSecret'],
    evidence: none,
    secrets: all([], ['signingKey'], ['clientSecret']),
    changed: ['domain'],
    state: 'incomplete',
    reason: 'Not tested since the last change. Run Test connection.',
  },
  {
    what: 'only the secret',
    saved,
    config,
    given: ['clientSecret'],
    evidence: none,
    secrets: all([], [], ['clientSecret']),
    changed: [],
    state: 'incomplete',
    reason: 'Not tested since the last change. Run Test connection.',
  },
]

test.each(rows)('saving: $what', (row) => {
  const material = decideUpdate(fields, row.saved, row.config, row.given)
  const { kept, dropped, set } = material
  expect({ kept, dropped, set }).toEqual(row.secrets)
  expect(material.changed).toEqual(row.changed)
  expect(decideState(material, row.saved ? ready : null, row.evidence)).toEqual({
    state: row.state,
    stateReason: row.reason,
  })
})

describe('after a test of what is saved', () => {
  const failed = (kind: Failure['kind']): Check => ({
    name: 'token',
    label: 'Token',
    status: 'failed',
    sentence: 'It failed.',
    durationMs: 1,
    failure: { kind, code: 'x.y', message: 'It failed.', remedy: 'Look.' },
  })
  const untested = { state: 'incomplete', stateReason: 'Not tested yet.' } as const
  const broken = { state: 'incomplete', stateReason: 'The last test failed: It failed.' } as const

  test.each([
    ['passes', untested, 'passed', [], ready],
    ['warns', untested, 'warning', [], ready],
    ['a wrong secret', ready, 'failed', [failed('credential')], broken],
    ['an unreachable target while ready', ready, 'failed', [failed('unavailable')], ready],
    ['a throttled target while ready', ready, 'failed', [failed('throttled')], ready],
    ['both', ready, 'failed', [failed('unavailable'), failed('credential')], broken],
    ['an unreachable target before it ever worked', untested, 'failed', [failed('unavailable')], broken],
    ['cancelled', untested, 'cancelled', [], untested],
    ['cancelled while ready', ready, 'cancelled', [], ready],
  ] as const)('%s', (_what, before, status, checks, expected) => {
    expect(stateAfterTest(before, status, 'It failed.', checks)).toEqual(expected)
  })
})
