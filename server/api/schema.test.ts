import { readFileSync } from 'node:fs'
import { type GraphQLObjectType, isObjectType } from 'graphql'
import { describe, expect, it } from 'vitest'
import { demandOf } from './graphql.ts'
import { printedSchema, schema } from './schema/schema.ts'

const objects = Object.values(schema.getTypeMap()).filter(
  (type): type is GraphQLObjectType => isObjectType(type) && !type.name.startsWith('__'),
)

describe('the contract', () => {
  it('at the root is what the code prints (npm run schema writes it)', () => {
    expect(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8')).toBe(printedSchema)
  })

  it('says for every field of Query and Mutation who may use it', () => {
    const roots = [schema.getQueryType()!, schema.getMutationType()!]
    const fields = roots.flatMap((root) => Object.keys(root.getFields()).map((name) => [root.name, name]))
    expect(fields.length).toBeGreaterThan(25)
    expect(fields.filter(([type, name]) => demandOf(schema, type!, name!) === undefined)).toEqual([])
  })

  it('has no mutation that only needs a sign-in', () => {
    const names = Object.keys(schema.getMutationType()!.getFields())
    expect(names.filter((name) => demandOf(schema, 'Mutation', name) === 'signed-in')).toEqual([])
  })

  it('shows no secret: the fields that do are a new API key and a new one-time password', () => {
    const telling = /secret|password|token|sealed|^key$/i
    const shown = objects.flatMap((type) =>
      Object.keys(type.getFields())
        .filter((name) => telling.test(name))
        .map((name) => `${type.name}.${name}`),
    )
    expect(shown.sort()).toEqual([
      'ConfigField.bindsSecrets',
      'Connection.secrets',
      'CreatedApiKey.key',
      'IssuedPassword.oneTimePassword',
      'Mutation.resetOperatorPassword',
      'Viewer.mustChangePassword',
    ])
    const status = schema.getType('SecretStatus') as GraphQLObjectType
    expect(Object.keys(status.getFields()).sort()).toEqual([
      'configured',
      'field',
      'lastFour',
      'publicKey',
      'setAt',
      'setBy',
    ])
  })
})
