import type { Failure } from '@owlie/connector-kit'
import { looksLikeCredential } from '../audit/index.ts'
import { type AttributeName, attributes, isAttribute } from './attributes.ts'
import { comparableEmail, comparableId } from './comparable.ts'
import { badValue, unknownAttribute } from './failures.ts'

/** Characters. */
const longest = 300

export interface EnteredValue {
  readonly name: string
  /** Empty: take the entered value away. */
  readonly value: string
}

type Values = Partial<Record<AttributeName, string>>

/** Entered values onto those there were, or everything that is wrong with them. Pure. */
export function checkValues(
  before: Readonly<Values>,
  entered: readonly EnteredValue[],
): { readonly values: Values; readonly failures: readonly Failure[] } {
  const failures: Failure[] = []
  const given = new Map(Object.entries(before))
  for (const { name, value } of entered) {
    const text = value.trim()
    const failure = problemWith(name, text)
    if (failure) failures.push(failure)
    else if (text === '') given.delete(name)
    else given.set(name, text)
  }
  return { values: Object.fromEntries(given), failures }
}

function problemWith(name: string, text: string): Failure | null {
  if (!isAttribute(name)) {
    const known = attributes.map((attribute) => attribute.name)
    return unknownAttribute(name, known)
  }
  const why = text === '' ? null : wrongWith(name, text)
  return why === null ? null : badValue(name, why)
}

function wrongWith(name: AttributeName, text: string): string | null {
  if (text.length > longest) return `This is longer than ${longest} characters.`
  // eslint-disable-next-line no-control-regex -- control characters are what this is about
  if (/[\u0000-\u001f\u007f]/.test(text) || !text.isWellFormed()) return 'This holds characters no name has.'
  if (looksLikeCredential(text)) return 'This looks like a password or key. Those are never stored here.'
  if (name === 'email' && comparableEmail(text) === null) return 'This is no e-mail address.'
  return null
}

/** What of the entered values tells people apart, made comparable. */
export function keysOf(
  values: Readonly<Values>,
): readonly { readonly space: string; readonly value: string }[] {
  const email = values.email === undefined ? null : comparableEmail(values.email)
  const employee = values.employee_id === undefined ? null : comparableId(values.employee_id)
  return [
    ...(email === null ? [] : [{ space: 'email', value: email }]),
    ...(employee === null ? [] : [{ space: 'employee_id', value: employee }]),
  ]
}
