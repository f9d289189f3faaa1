import {
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql'
import { demandOf } from '../api/graphql.ts'
import { schema } from '../api/schema/schema.ts'

export interface Operation {
  readonly name: string
  readonly kind: 'query' | 'mutation'
  readonly text: string
  readonly demand: string
}

/** One operation per field of Query and Mutation, with the least arguments that validate. */
export function everyOperation(): readonly Operation[] {
  return (['query', 'mutation'] as const).flatMap((kind) => {
    const root = (kind === 'query' ? schema.getQueryType() : schema.getMutationType())!
    return Object.values(root.getFields()).map((field) => ({
      name: `${kind} ${field.name}`,
      kind,
      text: `${kind} { ${field.name}${argumentsOf(field)}${selectionOf(field)} }`,
      demand: String(demandOf(schema, root.name, field.name)),
    }))
  })
}

function argumentsOf(field: GraphQLField<unknown, unknown>): string {
  const needed = field.args.filter((argument) => isNonNullType(argument.type))
  if (needed.length === 0) return ''
  const value = (argument: (typeof needed)[number]) =>
    argument.name === 'connector' ? '"auth0"' : valueOf(argument.type)
  return `(${needed.map((argument) => `${argument.name}: ${value(argument)}`).join(', ')})`
}

function valueOf(type: GraphQLInputType): string {
  const inner = getNullableType(type)
  if (isListType(inner)) return '[]'
  if (isEnumType(inner)) return inner.getValues()[0]!.name
  if (isInputObjectType(inner)) {
    const needed = Object.values(inner.getFields()).filter((field) => isNonNullType(field.type))
    return `{ ${needed.map((field) => `${field.name}: ${valueOf(field.type)}`).join(', ')} }`
  }
  const name = getNamedType(inner).name
  if (name === 'Int') return '1'
  if (name === 'Boolean') return 'true'
  return '"00000000-0000-4000-8000-000000000000"'
}

function selectionOf(field: GraphQLField<unknown, unknown>): string {
  const type = getNamedType(field.type)
  if (isLeafType(type)) return ''
  return ' { __typename }'
}

/**
 * Every field of a type that can be asked without going round in a circle, with small pages; for a test that all of
 * them resolve.
 */
export function wholeSelection(typeName: string, above: readonly string[] = []): string {
  const type = schema.getType(typeName)
  if (!isObjectType(type)) return ''
  const fields = Object.values(type.getFields()).flatMap((field) => {
    const inner = getNamedType(field.type)
    const paged = field.args.some((argument) => argument.name === 'first') ? '(first: 2)' : ''
    if (isLeafType(inner)) return [field.name]
    if (above.length === 6 || inner.name === typeName || above.includes(inner.name)) return []
    const selection = wholeSelection(inner.name, [...above, typeName])
    return selection === '{  }' ? [] : [`${field.name}${paged} ${selection}`]
  })
  return `{ ${fields.join(' ')} }`
}
