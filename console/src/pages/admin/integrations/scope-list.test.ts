import { expect, it } from 'vitest'
import {
  missingFor,
  neededBy,
  sameScopes,
  splitScopes,
  withCapability,
  withoutCapability,
} from './scope-list.ts'

const read = { name: 'read_users', scopes: ['read:users'] }
const create = { name: 'create_users', scopes: ['read:users', 'create:users'] }
const roles = { name: 'read_roles', scopes: ['read:roles'] }
const all = [read, create, roles]

it('splits what was typed', () => {
  expect(splitScopes(' read:users,read:roles\n read:users ')).toEqual(['read:users', 'read:roles'])
  expect(splitScopes('')).toEqual([])
})

it('keeps the picker and the text in step', () => {
  expect(withCapability(create, ['read:roles'])).toEqual(['read:roles', 'read:users', 'create:users'])
  expect(missingFor(create, ['read:users'])).toEqual(['create:users'])
  expect(neededBy(all, ['read:users', 'create:users', 'odd:scope'])).toEqual(['read:users', 'create:users'])
})

it('takes away only what nothing else needs', () => {
  const entered = ['read:users', 'create:users', 'read:roles', 'odd:scope']
  expect(withoutCapability(create, all, entered)).toEqual(['read:users', 'read:roles', 'odd:scope'])
})

it('takes what rests on it along when everything it needs is needed elsewhere', () => {
  expect(withoutCapability(read, all, ['read:users', 'create:users', 'read:roles'])).toEqual([
    'create:users',
    'read:roles',
  ])
})

it('compares lists as sets', () => {
  expect(sameScopes(['a', 'b'], ['b', 'a'])).toBe(true)
  expect(sameScopes(['a'], ['a', 'b'])).toBe(false)
})
