import type { Failure } from '@owlie/connector-kit'
import {
  type ExecutionArgs,
  GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
  getOperationAST,
  getVariableValues,
  parse,
} from 'graphql'
import { createYoga, type Plugin } from 'graphql-yoga'
import type { Logger } from 'pino'
import type { Principal } from '../operators/index.ts'
import type { ApiContext } from './context.ts'
import { maskError, rejected } from './errors.ts'
import { limits, overLimit } from './limits.ts'
import { type Measure, measure } from './measure.ts'
import type { Demand } from './schema/builder.ts'
import { schema } from './schema/schema.ts'
import { unstorableIn } from './unstorable.ts'
import { withoutValues } from './without-values.ts'

export const graphqlPath = '/api/graphql'

/** Serves GraphQL for one signed-in principal per request. */
export function createGraphql(options: {
  contextFor(principal: Principal): ApiContext
  log: Logger
}): (request: Request, principal: Principal) => Promise<Response> {
  const { contextFor, log } = options
  const yoga = createYoga<{ principal: Principal }, ApiContext>({
    schema,
    graphqlEndpoint: graphqlPath,
    context: ({ principal }) => contextFor(principal),
    batching: false,
    multipart: false,
    graphiql: false,
    landingPage: false,
    cors: false,
    maxRequestBodySize: limits.body,
    maskedErrors: { maskError: maskError(log) },
    logging: quiet,
    plugins: [boundedParser, gate, silentAboutValues],
  })
  return async (request, principal) => yoga.fetch(request, { principal })
}

/** Defects are logged once, by maskError, with their id. */
const quiet = { debug() {}, info() {}, warn() {}, error() {} }

const boundedParser: Plugin = {
  onParse({ setParseFn }) {
    setParseFn((source: string, options: object) => parse(source, { ...options, maxTokens: limits.tokens }))
  },
}

/** Between validation and execution: what is too much, or not allowed, stops here as a whole. */
const gate: Plugin<ApiContext> = {
  onExecute({ args, setResultAndStopExecution }) {
    const {
      schema: described,
      document,
      operationName,
      variableValues,
      contextValue,
    } = args as ExecutionArgs & {
      contextValue: ApiContext
    }
    const operation = getOperationAST(document, operationName)
    if (!operation) return // graphql-js says which operation is missing
    const variables = getVariableValues(described, operation.variableDefinitions ?? [], variableValues ?? {})
    if (!variables.coerced) return // nor can it run with these; it says so itself
    const measured = measure(described, document, operation, variables.coerced)
    const limit = overLimit(measured) ?? unstorableIn(document, variables.coerced)
    if (limit) return setResultAndStopExecution({ errors: [rejected(limit, 400)] })
    const forbidden = forbiddenIn(described, operation, measured, contextValue)
    if (forbidden) setResultAndStopExecution({ errors: [rejected(forbidden, 403)] })
  },
}

const silentAboutValues: Plugin = {
  onParams({ paramsHandler, setParamsHandler }) {
    setParamsHandler(async (payload) => {
      const result = await paramsHandler(payload)
      if (!('errors' in result) || !result.errors) return result
      const clean = withoutValues(payload.params)
      const errors = result.errors.map((error) => {
        const { nodes, source, positions, path, extensions, originalError } = error
        const where = { nodes, source, positions, path }
        return new GraphQLError(clean(error.message), { ...where, extensions, originalError })
      })
      return { ...result, errors }
    })
  },
}

/** The first demand the caller does not meet. A root field that demands nothing is a mistake of ours: refused. */
export function forbiddenIn(
  described: GraphQLSchema,
  operation: OperationDefinitionNode,
  measured: Measure,
  context: Pick<ApiContext, 'refusal'>,
): Failure | null {
  const root = described.getRootType(operation.operation)?.name
  const demands = new Set<Demand>()
  for (const label of measured.fields) {
    const [type = '', name = ''] = label.split('.')
    const demand = demandOf(described, type, name)
    if (demand) demands.add(demand)
    else if (type === root) return undeclared(label)
  }
  for (const demand of demands) {
    const failure = context.refusal(demand)
    if (failure) return failure
  }
  return null
}

export function demandOf(described: GraphQLSchema, type: string, name: string): Demand | undefined {
  const owner = described.getType(type)
  const field = owner && 'getFields' in owner ? owner.getFields()[name] : undefined
  return field?.extensions['demand'] as Demand | undefined
}

function undeclared(field: string): Failure {
  return {
    kind: 'defect',
    code: 'owlie.undeclared_permission',
    message: `${field} does not say who may use it, so nobody may.`,
    remedy: 'Report this: the field needs a permission in Owlie’s code.',
  }
}
