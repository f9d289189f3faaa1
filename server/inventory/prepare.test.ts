import type { AccountObservation, Json, ObjectKind } from '@owlie/connector-kit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonical } from './canonical.ts'
import { clip, fold } from '../model/index.ts'
import { originOf } from './origin.ts'
import { prepare } from './prepare.ts'
import { compare } from './record-page.ts'
import { isStorableId, storable, storableText } from './storable.ts'

const users: ObjectKind = {
  name: 'users',
  label: 'Users',
  yields: 'account',
  prerequisites: [],
  scopes: [],
  capability: 'read users',
}
const holders: ObjectKind = { ...users, name: 'holders', yields: 'grant', entitlementType: 'role' }

const account = (
  id: string,
  attributes: Record<string, Json> = {},
  more: object = {},
): AccountObservation => ({
  ...{ type: 'account', id, displayName: 'Ann', email: null, status: 'active', attributes },
  ...(more as object),
})
const one = (observation: AccountObservation) => prepare(users, [observation], null)
const nested = (depth: number) => {
  let value: Json = 1
  for (let level = 0; level < depth; level++) value = [value]
  return value
}

describe('what can be stored', () => {
  it('NUL and halves of characters in values are replaced, and still count as content', () => {
    const [plain, odd] = ['ab', 'a\0b'].map((x) => one(account('u', { x, [`k\0`]: '\ud800' })).rows[0]!)
    expect(odd!.columns.attributes).toEqual({ x: 'a␀b', 'k␀': '\ufffd' })
    expect(odd!.hash).not.toBe(plain!.hash)
  })

  it('a key named __proto__ stays a key', () => {
    const attributes = JSON.parse('{"__proto__": {"admin": true}}') as Record<string, Json>
    expect(JSON.stringify(storable(attributes))).toBe('{"__proto__":{"admin":true}}')
  })

  it.each([
    ['an id with NUL', account('a\0b'), 'a␀b', 'not valid text'],
    ['an id with half a character', account('a\udc00'), 'a\ufffd', 'not valid text'],
    ['no id', account(''), null, 'without an id'],
    ['an id that is a number', account(7 as never), null, 'without an id'],
    ['an endless id', account('x'.repeat(1001)), 'x'.repeat(200), '1,000 bytes'],
    ['too deep', account('u', { x: nested(200) }), 'u', '100 levels'],
    ['much too deep', account('u', { x: nested(100_000) }), 'u', '100 levels'],
    ['too large', account('u', { x: 'x'.repeat(5_000_000) }), 'u', '4 MiB'],
    ['an unknown status', account('u', {}, { status: 'odd' }), 'u', 'Unknown status'],
    ['no name', account('u', {}, { displayName: null }), 'u', 'name'],
    ['attributes that are a list', account('u', [] as never), 'u', 'attributes'],
    ['another type', { type: 'grant' } as never, null, 'among users'],
  ])('%s is quarantined by itself', (_, bad, id, words) => {
    const { rows, quarantined } = prepare(users, [account('good'), bad], null)
    expect(rows.map(({ key }) => key)).toEqual(['good'])
    expect(quarantined).toHaveLength(1)
    expect(quarantined[0]!.id).toBe(id)
    expect(quarantined[0]!.reason).toContain(words)
  })

  it('1 MB of metadata is ordinary', () => {
    expect(one(account('u', { x: 'x'.repeat(1_000_000) })).rows).toHaveLength(1)
  })

  it('of two records of one object on a page the later one counts', () => {
    const { rows, repeated } = prepare(
      users,
      [account('a', { v: 1 }), account('b'), account('a', { v: 2 })],
      null,
    )
    expect(rows.map(({ key, columns }) => [key, columns.attributes])).toEqual([
      ['b', {}],
      ['a', { v: 2 }],
    ])
    expect(repeated).toBe(1)
  })

  it('a grant of another container names nobody', () => {
    const grant = { type: 'grant', account: 'u', entitlement: 'other', grantType: 'role' } as const
    expect(prepare(holders, [grant], 'wanted')).toMatchObject({ rows: [], quarantined: [{ id: null }] })
    expect(prepare(holders, [grant], 'other').rows).toHaveLength(1)
  })

  it('whatever JSON comes, what is sent can be stored, and equal content has equal hashes', () => {
    const weird = fc.string({ unit: fc.constantFrom('a', '\0', '\ud800', '\udc00', '"', '\\', '😀', 'é') })
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary', maxDepth: 4 }), weird, (value, text) => {
        const sent = JSON.stringify(storable({ [text]: value as Json, text }))
        expect(sent).not.toContain('\\u0000')
        expect(sent.isWellFormed()).toBe(true)
        expect(sent).not.toMatch(/\\ud[89ab]/i)
        expect(storableText(storableText(text))).toBe(storableText(text))
      }),
    )
    expect(canonical({ b: 1, a: [{ d: 2, c: null }] })).toBe('{"a":[{"c":null,"d":2}],"b":1}')
    expect(one(account('u', { a: 1, b: 2 })).rows[0]!.hash).toBe(
      one(account('u', { b: 2, a: 1 })).rows[0]!.hash,
    )
  })

  it('ids are kept byte for byte or not at all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (id) => {
        const { rows, quarantined } = one(account(id))
        if (isStorableId(id)) expect(rows[0]!.columns.external_id).toBe(id)
        else expect(quarantined).toHaveLength(1)
      }),
    )
  })
})

describe('what a page does, by the hashes alone', () => {
  const row = (key: string, hash: string) => ({ key, hash, columns: {} })
  const known = (key: string, hash: string, more: object = {}) =>
    [key, { id: key, key, hash, isMissed: false, isTouched: false, version: null, ...more }] as const

  it.each([
    ['new', row('a', '1'), [], { created: 1, changed: 0, unchanged: 0 }, 'insert'],
    ['same', row('a', '1'), [known('a', '1')], { created: 0, changed: 0, unchanged: 1 }, 'nothing'],
    ['other', row('a', '2'), [known('a', '1')], { created: 0, changed: 1, unchanged: 0 }, 'update'],
    [
      'back',
      row('a', '1'),
      [known('a', '1', { isMissed: true })],
      { created: 0, changed: 1, unchanged: 0 },
      'update',
    ],
    [
      'twice',
      row('a', '1'),
      [known('a', '1', { isTouched: true })],
      { created: 0, changed: 0, unchanged: 0 },
      'nothing',
    ],
    [
      'twice, differing',
      row('a', '2'),
      [known('a', '1', { isTouched: true })],
      { created: 0, changed: 0, unchanged: 0 },
      'update',
    ],
  ])('%s', (_, sent, stored, counts, what) => {
    const { toInsert, toUpdate, counts: found } = compare([sent], new Map(stored))
    expect(found).toEqual(counts)
    expect(toInsert.length > 0 ? 'insert' : toUpdate.length > 0 ? 'update' : 'nothing').toBe(what)
  })
})

describe('words and order', () => {
  it('search and order do not see case, accents and width', () => {
    expect(fold('ÉCOLE Ｆｕｌｌ')).toBe('ecole full')
    expect(clip('añb', 3)).toBe('añ')
    expect(clip('😀😀', 7)).toBe('😀')
  })
  it('says where a grant comes from', () => {
    expect(originOf('role', 'role', 'Auth0')).toBe('assigned directly in Auth0')
    expect(originOf('member', 'organization', 'Auth0')).toBe('member of the organization')
    expect(originOf('invited_guest', 'team', 'X')).toBe('invited guest in X')
  })
})
