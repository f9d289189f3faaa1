import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'

/** Auth0's OpenAPI document (https://auth0.com/docs/api/management/openapi.json), 3.1, so JSON Schema 2020-12. */
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentOperation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> }
}

interface DocumentOperation {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[]
  readonly responses: Readonly<Record<string, DocumentResponse>>
}

interface DocumentResponse {
  readonly content?: Readonly<Record<string, { readonly schema?: object }>>
}

export interface OpenApi {
  /** Names of the query parameters it declares; null when it does not know the operation. */
  parametersOf(operation: string): readonly string[] | null
  /** What it does not expect in an answer, one line each; empty when all is as described. */
  judge(operation: string, status: number, body: unknown): readonly string[]
}

/** The document may not be passed on with the sandbox; who has it points at it. */
export function findOpenApi(): string | null {
  const beside = fileURLToPath(new URL('../../../shared/auth0/management-api.openapi.json', import.meta.url))
  const file = process.env['AUTH0_OPENAPI'] ?? beside
  return existsSync(file) ? file : null
}

const shapeOf = (operation: string): string => operation.replace(/\{[^}]+\}/g, '{}')

// Those that say something about the text; the others are names Auth0 gives to its own checks.
const formats: Readonly<Record<string, RegExp>> = {
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/,
  date: /^\d{4}-\d\d-\d\d$/,
  email: /^[^@\s]+@[^@\s]+$/,
  uri: /^[a-z][a-z0-9+.-]*:\S+$/i,
  url: /^https?:\/\/\S+$/,
}

export function readOpenApi(file: string): OpenApi {
  const document = JSON.parse(readFileSync(file, 'utf8')) as Document
  const operations = new Map<string, DocumentOperation>()
  for (const [path, methods] of Object.entries(document.paths))
    for (const [method, operation] of Object.entries(methods))
      operations.set(shapeOf(`${method.toUpperCase()} ${path}`), operation)
  const validatorOf = compiler(document)
  return {
    parametersOf(operation) {
      const known = operations.get(shapeOf(operation))
      return known
        ? (known.parameters ?? []).filter((one) => one.in === 'query').map(({ name }) => name)
        : null
    },
    judge(operation, status, body) {
      const known = operations.get(shapeOf(operation))
      if (!known) return ['the operation is unknown']
      const response = known.responses[String(status)]
      if (!response) return [`status ${status} is unknown`]
      const schema = response.content?.['application/json']?.schema
      if (!schema) return body === undefined ? [] : [`status ${status} has a body, where none is described`]
      if (body === undefined) return [`status ${status} has no body, where one is described`]
      const validate = validatorOf(schema)
      if (validate(body)) return []
      return [...new Set((validate.errors ?? []).map(lineOf))]
    },
  }
}

function lineOf(error: NonNullable<ValidateFunction['errors']>[number]): string {
  const place = error.instancePath.replace(/\/\d+(?=\/|$)/g, '/*')
  const named = (error.params as { additionalProperty?: string }).additionalProperty
  return `${place || '/'} ${error.message}${named === undefined ? '' : ` (${named})`}`
}

function compiler(document: Document): (schema: object) => ValidateFunction {
  const ajv = new Ajv2020({ strict: false, allErrors: true, unicodeRegExp: false })
  const names = new Set<string>()
  JSON.stringify(document.components.schemas, (key, value: unknown) => {
    if (key === 'format' && typeof value === 'string') names.add(value)
    return value
  })
  for (const name of names) ajv.addFormat(name, formats[name] ?? true)
  ajv.addSchema({ $id: 'auth0', components: document.components })
  const rooted = (schema: object): object =>
    JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"auth0#/components/')) as object
  const compiled = new Map<object, ValidateFunction>()
  return (schema) => {
    const known = compiled.get(schema) ?? ajv.compile(rooted(schema))
    compiled.set(schema, known)
    return known
  }
}
