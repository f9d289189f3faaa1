import SchemaBuilder from '@pothos/core'
import { GraphQLError } from 'graphql'
import type { Action } from '../../operators/index.ts'
import type { ApiContext } from '../context.ts'

export const builder = new SchemaBuilder<{
  Context: ApiContext
  DefaultFieldNullability: false
  Scalars: {
    ID: { Input: string; Output: string }
    DateTime: { Input: Date; Output: Date | number | string }
    JSON: { Input: unknown; Output: unknown }
  }
}>({ defaultFieldNullability: false })

builder.queryType({})
builder.mutationType({})

builder.scalarType('DateTime', {
  description: 'ISO 8601 in UTC with milliseconds.',
  serialize: (value) => new Date(value).toISOString(),
  parseValue: (value) => {
    const date = new Date(String(value))
    if (Number.isNaN(date.getTime())) throw new GraphQLError('A DateTime is written as ISO 8601.')
    return date
  },
})
builder.scalarType('JSON', { serialize: (value) => value })

/** What a field demands of the caller; checked for the whole operation before anything runs (access.ts). */
export type Demand = Action | 'signed-in'

/**
 * Goes into a field's options: `{ ...needs('sync.run'), type: … }`. Every field of Query and Mutation must have
 * one (a root field without it is refused to everybody); a field of an object has one where it shows more than
 * what the way to that object already allowed.
 */
export function needs(demand: Demand): { extensions: { demand: Demand } } {
  return { extensions: { demand } }
}
