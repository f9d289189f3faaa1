import { parse } from 'graphql'
import { expect, it } from 'vitest'
import { unstorableIn } from './unstorable.ts'

it.each([
  ['a literal', '{ connection(name: "a\\u0000") { id } }', {}],
  ['a variable', '{ viewer { id } }', { name: 'a\0' }],
  ['deep inside a variable', '{ viewer { id } }', { items: [{ input: { names: ['a', { b: '\ud83d' }] } }] }],
  ['the name of a field', '{ viewer { id } }', { items: [{ input: { 'a\0': 1 } }] }],
])('%s is refused', (_what, text, variables) => {
  expect(unstorableIn(parse(text), variables)).toMatchObject({ kind: 'rejected', code: 'api.bad_text' })
})

it('every other text passes', () => {
  const text = '{ connection(name: "Ünïcode 🦉 \\u0001 \\n") { id } }'
  expect(unstorableIn(parse(text), { at: new Date(0), n: 1, none: null, list: ['🦉', ''] })).toBeNull()
})
