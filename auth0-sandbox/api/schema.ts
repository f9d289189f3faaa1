import { badBody, type ApiError } from './errors.ts'

/**
 * A small JSON-schema dialect, enough for the bodies the sandbox takes. Its messages are those of z-schema,
 * the validator whose words Auth0's answers carry.
 */
export type Schema =
  | {
      type: 'string'
      nullable?: boolean
      min?: number
      max?: number
      pattern?: RegExp
      format?: Format
      enum?: string[]
    }
  | { type: 'boolean' }
  | { type: 'integer'; min?: number; max?: number }
  | { type: 'array'; items: Schema; min?: number; max?: number }
  | {
      type: 'object'
      properties?: Record<string, Schema>
      required?: string[]
      open?: boolean
      nullable?: boolean
    }

export type Format = keyof typeof formats

export const formats = {
  email: /^[^\s@]+@[^\s@]+\.[^\s@]+$/,
  'strict-uri': /^https?:\/\/\S+$/,
  'strict-https-uri': /^https:\/\/\S+$/,
  'role-id': /^rol_[A-Za-z0-9]{16}$/,
  'organization-id': /^org_[A-Za-z0-9]{16}$/,
  'organization-name': /^(?!org_)[a-z0-9]([a-z0-9_-]*[a-z0-9])?$/,
  'connection-id': /^con_[A-Za-z0-9]{16}$/,
  'job-id': /^job_[A-Za-z0-9]{16}$/,
  'client-id': /^[A-Za-z0-9]{1,64}$/,
  'group-id': /^grp_[1-9a-km-zA-HJ-NP-Z]{14,22}$/,
  'invitation-id': /^uinv_[A-Za-z0-9]{16}$/,
  'user-id': /^[^|]+\|.+$/s,
  'user-id-with-max-length': /^[^|]+\|.{1,255}$/s,
} as const

const typeName = (value: unknown): string => {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return typeof value
}

/** Throws the 400 Auth0 would answer. */
export function checkBody(schema: Schema, body: unknown): void {
  const problem = findProblem(schema, body, '')
  if (problem) throw problem
}

function on(text: string, path: string): ApiError {
  return badBody(path ? `'${text}' on property ${path}` : `'${text}'`)
}

function findProblem(schema: Schema, value: unknown, path: string): ApiError | undefined {
  const found = typeName(value)
  if (found === 'null' && 'nullable' in schema && schema.nullable) return undefined
  if (found !== schema.type) return on(`Expected type ${schema.type} but found type ${found}`, path)
  if (schema.type === 'string') return stringProblem(schema, value as string, path)
  if (schema.type === 'integer') {
    const n = value as number
    if (schema.min !== undefined && n < schema.min)
      return on(`Value ${n} is less than minimum ${schema.min}`, path)
    if (schema.max !== undefined && n > schema.max)
      return on(`Value ${n} is greater than maximum ${schema.max}`, path)
  }
  if (schema.type === 'array') return arrayProblem(schema, value as unknown[], path)
  if (schema.type === 'object') return objectProblem(schema, value as Record<string, unknown>, path)
  return undefined
}

function stringProblem(
  schema: Schema & { type: 'string' },
  text: string,
  path: string,
): ApiError | undefined {
  const length = [...text].length
  if (schema.min !== undefined && length < schema.min) {
    return on(`String is too short (${length} chars), minimum ${schema.min}`, path)
  }
  if (schema.max !== undefined && length > schema.max) {
    return on(`String is too long (${length} chars), maximum ${schema.max}`, path)
  }
  if (schema.pattern && !schema.pattern.test(text)) {
    return on(`String does not match pattern ${schema.pattern.source}: ${text}`, path)
  }
  if (schema.enum && !schema.enum.includes(text)) return on(`No enum match for: ${text}`, path)
  if (schema.format && !formats[schema.format].test(text)) {
    return on(`Object didn't pass validation for format ${schema.format}: ${text}`, path)
  }
  return undefined
}

function arrayProblem(
  schema: Schema & { type: 'array' },
  list: unknown[],
  path: string,
): ApiError | undefined {
  if (schema.min !== undefined && list.length < schema.min) {
    return on(`Array is too short (${list.length}), minimum ${schema.min}`, path)
  }
  if (schema.max !== undefined && list.length > schema.max) {
    return on(`Array is too long (${list.length}), maximum ${schema.max}`, path)
  }
  for (const [index, item] of list.entries()) {
    const problem = findProblem(schema.items, item, `${path}[${index}]`)
    if (problem) return problem
  }
  return undefined
}

function objectProblem(
  schema: Schema & { type: 'object' },
  object: Record<string, unknown>,
  path: string,
): ApiError | undefined {
  const properties = schema.properties ?? {}
  for (const key of schema.required ?? []) {
    if (!(key in object)) return on(`Missing required property: ${key}`, path ? `${path}.${key}` : key)
  }
  const extra = Object.keys(object).filter((key) => !(key in properties))
  if (extra.length > 0 && !schema.open)
    return on(`Additional properties not allowed: ${extra.join(',')}`, path)
  for (const [key, child] of Object.entries(properties)) {
    if (!(key in object)) continue
    const problem = findProblem(child, object[key], path ? `${path}.${key}` : key)
    if (problem) return problem
  }
  return undefined
}
