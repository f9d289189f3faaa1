import type { Hint } from '@owlie/connector-kit'
import { describe, expect, it } from 'vitest'
import {
  advanceChanged,
  advanceLog,
  firstHintCursor,
  type HintCursor,
  logPage,
  needsProof,
} from './hint-walk.ts'
import { hintsOfLog } from './log-hints.ts'

const sapi = (method: string, path: string, body?: unknown, answer?: unknown, statusCode = 200) => ({
  type: 'sapi',
  description: 'whatever it is called',
  details: { request: { method, path: `/api/v2/${path}`, body }, response: { statusCode, body: answer } },
})

const words = (hint: Hint) =>
  'id' in hint
    ? `${hint.kind} ${hint.id}`
    : `${hint.kind} of ${hint.holder.account}${hint.holder.within ? ` in ${hint.holder.within}` : ''}`
const read = (entry: Record<string, unknown>) => {
  const { hints, unclear } = hintsOfLog(entry)
  return unclear === null ? hints.map(words) : `unclear: ${unclear}`
}

describe('what an entry of the log hints', () => {
  const id = 'auth0%7Ca%2Fb'
  it.each([
    ['a login', { type: 's', user_id: 'auth0|x' }, []],
    ['a read', sapi('get', `users/${id}`), []],
    ['a refused write', sapi('patch', `users/${id}`, {}, {}, 403), []],
    ['a new user', sapi('post', 'users', {}, { user_id: 'auth0|n' }), ['users auth0|n']],
    ['a new user that is not named', sapi('post', 'users'), []],
    ['a changed user', sapi('patch', `users/${id}`), ['users auth0|a/b']],
    ['a deleted user', sapi('delete', `users/${id}`, undefined, undefined, 204), ['users auth0|a/b']],
    ['a user who left', { type: 'sdu', user_id: 'auth0|x' }, ['users auth0|x']],
    ['a user who left, unnamed', { type: 'sdu' }, 'unclear: a user was deleted, and the log does not say which'],
    ['roles of a user', sapi('POST', `users/${id}/roles`, { roles: ['rol_1'] }), ['role_members of auth0|a/b']],
    ['roles taken from a user', sapi('delete', `users/${id}/roles`), ['role_members of auth0|a/b']],
    ['users of a role', sapi('post', 'roles/rol_1/users', { users: ['auth0|x', 'auth0|y'] }), ['role_members of auth0|x', 'role_members of auth0|y']],
    ['users of a role, unnamed', sapi('post', 'roles/rol_1/users'), 'unclear: a role was given, and the log does not say to whom'],
    ['a new role', sapi('post', 'roles', {}, { id: 'rol_2' }), ['roles rol_2']],
    ['a changed role', sapi('patch', 'roles/rol_2'), ['roles rol_2']],
    ['permissions of a role', sapi('post', 'roles/rol_2/permissions', {}), []],
    ['a new organization', sapi('post', 'organizations', {}, { id: 'org_1' }), ['organizations org_1']],
    ['a deleted organization', sapi('delete', 'organizations/org_1'), ['organizations org_1']],
    ['new members', sapi('post', 'organizations/org_1/members', { members: ['auth0|x'] }), ['organization_members of auth0|x']],
    ['members who left', sapi('delete', 'organizations/org_1/members', { members: ['auth0|x'] }), ['organization_members of auth0|x', 'organization_member_roles of auth0|x in org_1']],
    ['members, unnamed', sapi('delete', 'organizations/org_1/members'), 'unclear: members of an organization changed, and the log does not say who'],
    ['roles of a member', sapi('post', 'organizations/org_1/members/auth0%7Cx/roles', {}), ['organization_member_roles of auth0|x in org_1']],
    ['linked accounts', sapi('post', `users/${id}/identities`, { provider: 'google-oauth2', user_id: '7' }, [{ provider: 'auth0', user_id: 'a/b' }]), ['users auth0|a/b', 'users google-oauth2|7', 'users auth0|a/b']],
    ['an unlinked account', sapi('delete', `users/${id}/identities/google-oauth2/7`), ['users auth0|a/b', 'users google-oauth2|7']],
    ['a deleted Auth0 connection', sapi('delete', 'connections/con_1'), 'unclear: an Auth0 connection was deleted, and its users with it'],
    ['a user deleted by e-mail', sapi('delete', 'connections/con_1/users'), 'unclear: a user was deleted by e-mail address'],
    ['another resource', sapi('patch', 'tenants/settings'), []],
    ['no request at all', { type: 'sapi' }, 'unclear: a change was logged without its request'],
    ['a broken path', sapi('patch', 'users/%E0%A4%A'), ['users %E0%A4%A']],
  ] as const)('%s', (_what, entry, expected) => {
    expect(read(entry)).toEqual(expected)
  }) // prettier-ignore
})

const now = Date.parse('2026-11-25T12:00:00Z')
const cursor: HintCursor = {
  ...{ v: 1, phase: 'log', log: '900', at: now, walk: null, base: '2026-11-25T11:30:00.000Z' },
  usersFrom: '2026-11-25T11:00:00.000Z',
}

describe('following the log', () => {
  const rows = (many: number) =>
    Array.from({ length: many }, (_, at) => ({ log_id: `9${100 + at}`, type: 's' }))
  const end = (...input: Parameters<typeof advanceLog>) => advanceLog(...input).end

  it('goes on by the link; a page that is not full leads to the users', () => {
    expect(end(cursor, rows(logPage), '9199', now)).toMatchObject({
      is: 'more',
      cursor: { phase: 'log', log: '9199' },
    })
    expect(end(cursor, rows(3), '9102', now)).toMatchObject({
      is: 'more',
      cursor: { phase: 'users', log: '9102' },
    })
    expect(end(cursor, [], '900', now)).toMatchObject({ is: 'more', cursor: { phase: 'users', log: '900' } })
  })

  it('without a link the greatest id counts, whatever the order', () => {
    expect(end(cursor, rows(3).toReversed(), null, now)).toMatchObject({ cursor: { log: '9102' } })
  })

  it('a log that does not lead on, or a change nobody can name, is a loss', () => {
    expect(end(cursor, rows(3), '900', now)).toMatchObject({
      is: 'lost',
      why: { code: 'auth0.changes_lost' },
    })
    const unnamed = [...rows(2), { log_id: '9999', ...sapi('delete', 'connections/con_1') }]
    const before = unnamed.map((row) => ({ ...row, date: '2026-11-25T11:29:00.000Z' }))
    // Everything was read after that.
    expect(end(cursor, before, '9999', now)).toMatchObject({ is: 'more' })
    expect(end(cursor, unnamed, '9999', now)).toMatchObject({
      is: 'lost',
      why: { why: 'In the log: an Auth0 connection was deleted, and its users with it.' },
    })
  })

  it('after most of the shortest retention the place has to be shown to be there still', () => {
    expect(needsProof(cursor, now + 19 * 3_600_000)).toBe(false)
    expect(needsProof(cursor, now + 21 * 3_600_000)).toBe(true)
    expect(needsProof({ ...cursor, log: null }, now + 21 * 3_600_000)).toBe(false)
  })

  it('begins some minutes before the newest entry', () => {
    const dated = [0, 2, 4, 6, 8].map((minutes) => ({
      log_id: `9${100 - minutes}`,
      date: new Date(now - minutes * 60_000).toISOString(),
    }))
    expect(firstHintCursor(dated, now + 999)).toMatchObject({
      log: '994',
      usersFrom: '2026-11-25T11:50:00.000Z',
      base: '2026-11-25T12:00:00.000Z',
    })
    expect(firstHintCursor([], now)).toMatchObject({ log: null, usersFrom: '2026-11-25T11:50:00.000Z' })
  })
})

describe('following changed users', () => {
  const rows = (...times: string[]) => times.map((updated_at, at) => ({ user_id: `auth0|${at}`, updated_at }))
  const at = (minute: number) => `2026-11-25T11:${String(minute).padStart(2, '0')}:00.000Z`
  const users: HintCursor = { ...cursor, phase: 'users' }

  it('names each with what it would look like if it were known, and overlaps the next pass', () => {
    const page = advanceChanged(users, rows(at(10), at(40)), 100)
    expect(page.hints).toEqual([
      { kind: 'users', id: 'auth0|0', version: { attribute: 'updated_at', value: at(10) } },
      { kind: 'users', id: 'auth0|1', version: { attribute: 'updated_at', value: at(40) } },
    ])
    expect(page.end).toEqual({ is: 'now', cursor: { ...users, phase: 'log', usersFrom: at(30) } })
  })

  it('never goes back', () => {
    expect(advanceChanged(users, rows(at(5)), 100).end).toMatchObject({
      cursor: { usersFrom: users.usersFrom },
    })
    expect(advanceChanged(users, [], 100).end).toMatchObject({
      is: 'now',
      cursor: { usersFrom: users.usersFrom },
    })
  })

  it('a full page goes on from its last moment; one of a single moment is a loss', () => {
    expect(advanceChanged(users, rows(at(10), at(20)), 2).end).toMatchObject({
      is: 'more',
      cursor: { walk: at(20) },
    })
    expect(advanceChanged(users, rows(at(10), at(10)), 2).end).toMatchObject({ is: 'lost' })
  })
})
