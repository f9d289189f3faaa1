import { readFileSync } from 'node:fs'
import {
  getNamedType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  isObjectType,
  isUnionType,
} from 'graphql'
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

  it('shows what an account holds only to who may read the inventory, whatever way leads there', () => {
    const reached = new Set<string>()
    const walk = (type: GraphQLNamedType): void => {
      if (isUnionType(type)) type.getTypes().forEach(walk)
      if (!isObjectType(type) || reached.has(type.name)) return
      reached.add(type.name)
      const isRoot = type.name === 'Query' || type.name === 'Mutation'
      for (const field of Object.values(type.getFields())) {
        const demand = demandOf(schema, type.name, field.name)
        if (!demand?.startsWith('inventory.') && (isRoot || demand === undefined))
          walk(getNamedType(field.type))
      }
    }
    walk(schema.getQueryType()!)
    walk(schema.getMutationType()!)
    expect([...reached]).toContain('Account')
    for (const name of ['Grant', 'Entitlement', 'EffectiveAccess']) expect([...reached]).not.toContain(name)
    expect(demandOf(schema, 'Account', 'attributes')).toBe('inventory.read')
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
