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
import { limits } from '../api/limits.ts'
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

/** Arguments that name something there is in every installation. */
const known: Readonly<Record<string, string>> = { connector: '"auth0"', attribute: '"email"' }

function argumentsOf(field: GraphQLField<unknown, unknown>): string {
  const needed = field.args.filter((argument) => isNonNullType(argument.type))
  if (needed.length === 0) return ''
  const value = (argument: (typeof needed)[number]) => known[argument.name] ?? valueOf(argument.type)
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

/** Levels below which only types come again that were met higher up, at a cost over the limit. */
const deepest = 4

/**
 * Every field of a type that can be asked without going round in a circle, with small pages; for a test that all of
 * them resolve. As many selections as it takes for each to stay below the limit of tokens.
 */
export function wholeSelections(typeName: string, above: readonly string[] = []): readonly string[] {
  // Room for what the caller writes around it.
  return packed(fieldsOf(typeName, above, limits.tokens - 100), limits.tokens - 100)
}

/** Each below the limit on its own; a field that is too large for that comes several times, with parts of what is in it. */
function fieldsOf(typeName: string, above: readonly string[], most: number): readonly string[] {
  const type = schema.getType(typeName)
  if (!isObjectType(type)) return []
  return Object.values(type.getFields()).flatMap((field) => {
    const inner = getNamedType(field.type)
    const paged = field.args.some((argument) => argument.name === 'first') ? '(first: 2)' : ''
    if (isLeafType(inner)) return [field.name]
    if (above.length === deepest || inner.name === typeName || above.includes(inner.name)) return []
    const within = most - tokensOf(`${field.name}${paged} { }`)
    return packed(fieldsOf(inner.name, [...above, typeName], within), within).map(
      (selection) => `${field.name}${paged} ${selection}`,
    )
  })
}

/** Selections of these fields, as few as the limit allows. */
function packed(fields: readonly string[], most: number): readonly string[] {
  const selections: string[][] = []
  let left = 0
  for (const field of fields) {
    const tokens = tokensOf(field)
    if (tokens > left) {
      selections.push([])
      left = most
    }
    selections.at(-1)!.push(field)
    left -= tokens
  }
  return selections.map((selected) => `{ ${selected.join(' ')} }`)
}

/** Of text without strings. */
function tokensOf(text: string): number {
  return text.match(/\w+|[^\w\s]/g)?.length ?? 0
}
