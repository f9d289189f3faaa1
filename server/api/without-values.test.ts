import { graphqlSync, parse, validate } from 'graphql'
import { expect, it } from 'vitest'
import { schema } from './schema/schema.ts'
import { withoutValues } from './without-values.ts'

const canary = 'canary "quoted" value-81726354'
const create = 'mutation ($input: CreateConnectionInput!) { createConnection(input: $input) { __typename } }'
const inline = JSON.stringify(canary)

function messagesOf(query: string, variables: Record<string, unknown> = {}): string[] {
  try {
    const errors = validate(schema, parse(query))
    if (errors.length > 0) return errors.map((error) => error.message)
  } catch (error) {
    return [(error as Error).message]
  }
  const { errors = [] } = graphqlSync({ schema, source: query, variableValues: variables })
  return errors.map((error) => error.message)
}

it.each([
  [
    'a field that is missing',
    create,
    { input: { name: 'x', secrets: [{ name: 'clientSecret', value: canary }] } },
  ],
  [
    'a list where a text belongs',
    create,
    { input: { name: [canary], connector: 'auth0', config: [], secrets: [] } },
  ],
  [
    'an object where a list of pairs belongs',
    create,
    { input: { name: 'x', connector: 'y', config: [], secrets: { clientSecret: canary } } },
  ],
  ['a literal of the wrong type', `{ accounts(first: ${inline}) { next } }`, {}],
  [
    'an object literal',
    `{ configAdvice(connector: "auth0", config: [{ key: ${inline} }]) { __typename } }`,
    {},
  ],
  ['a text where a name belongs', `{ ${inline} }`, {}],
])('%s is refused without the value', (_what, query, variables) => {
  const said = messagesOf(query, variables)
  expect(said.length).toBeGreaterThan(0)
  const clean = said.map(withoutValues({ query, variables })).join('\n')
  expect(clean).not.toContain('81726354')
})

it('leaves a message without values as it is', () => {
  expect(withoutValues({ query: '{ nothing }' })('Cannot query field "nothing" on type "Query".')).toBe(
    'Cannot query field "nothing" on type "Query".',
  )
})
