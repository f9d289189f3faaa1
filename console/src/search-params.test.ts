import { expect, it } from 'vitest'
import { accountSearch, listSearch, ownPath, runsSearch, setupSearch } from './search-params.ts'

it('keeps what lists know and drops the rest', () => {
  expect(listSearch({ q: 'ada', page: 3, after: 'x', evil: 1 })).toEqual({ q: 'ada', page: 3, after: 'x' })
  expect(listSearch({ q: '', page: 1, stale: 'yes' })).toEqual({})
  expect(listSearch({ q: 42 })).toEqual({ q: '42' })
  expect(accountSearch({ status: 'blocked' })).toEqual({ status: 'blocked' })
  expect(accountSearch({ status: 'gone' })).toEqual({})
  expect(runsSearch({ connection: 'c1', q: 'x' })).toEqual({ connection: 'c1' })
  expect(setupSearch({ new: 'true' })).toEqual({})
})

it('returns only to a path of this console after sign-in', () => {
  expect(ownPath('/admin/integrations/auth0?connection=1')).toBe('/admin/integrations/auth0?connection=1')
  for (const elsewhere of [
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    'admin',
    '',
    7,
    '/\t/evil.example',
  ])
    expect(ownPath(elsewhere)).toBeUndefined()
})
