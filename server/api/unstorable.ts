import type { Failure } from '@owlie/connector-kit'
import { type DocumentNode, BREAK, visit } from 'graphql'

const unstorable: Failure = {
  kind: 'rejected',
  code: 'api.bad_text',
  message: 'A text of this request holds a NUL character or half of a character.',
  remedy: 'Take it out: such a text cannot be kept.',
}

/** PostgreSQL keeps neither: said to the caller once, instead of as a defect of whatever was asked. Pure. */
export function unstorableIn(
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>>,
): Failure | null {
  let isFound = isUnstorable(variables)
  visit(document, {
    StringValue({ value }) {
      if (!isUnstorable(value)) return undefined
      isFound = true
      return BREAK
    },
  })
  return isFound ? unstorable : null
}

function isUnstorable(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('\0') || !value.isWellFormed()
  if (Array.isArray(value)) return value.some(isUnstorable)
  if (typeof value !== 'object' || value === null || value instanceof Date) return false
  return Object.entries(value).some(([name, inner]) => isUnstorable(name) || isUnstorable(inner))
}
