import { initGraphQLTada } from 'gql.tada'
import type { introspection } from '../graphql-env.d.ts'

/** Typed documents against ../schema.graphql. A field that is not in the contract does not compile. */
export const graphql = initGraphQLTada<{
  introspection: introspection
  scalars: {
    /** ISO 8601 in UTC with milliseconds. */
    DateTime: string
    JSON: unknown
  }
}>()

export type { ResultOf, VariablesOf } from 'gql.tada'
