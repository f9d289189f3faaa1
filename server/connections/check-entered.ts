import {
  checkHost,
  type ConfigField,
  type Connector,
  type Failure,
  type HostPolicy,
  Secret,
} from '@owlie/connector-kit'
import { looksLikeCredential } from '../audit/index.ts'

export interface Entered {
  /** Only the fields that were given; the others stay as saved. */
  readonly config: Readonly<Record<string, string>>
  readonly secrets: Readonly<Record<string, Secret>>
}

export interface CheckedEntry {
  /** Saved and entered values together, normalised by the connector. */
  readonly config: Readonly<Record<string, string>>
  /** Trimmed; an empty one counts as not entered. */
  readonly secrets: Readonly<Record<string, Secret>>
  /** Every problem found, in the order of the form. */
  readonly failures: readonly Failure[]
}

const longestText = 8_192
const longestSecret = 16_384

/**
 * Checks everything typed, over what is saved. Pure, no request. A value for a secret given as config is refused
 * and never repeated: config is stored and shown in plain.
 */
export function checkEntered(
  connector: Connector,
  extraHosts: readonly string[],
  saved: Readonly<Record<string, string>>,
  entered: Entered,
): CheckedEntry {
  const { fields } = connector.manifest
  const known = new Map(fields.map((field) => [field.name, field]))
  const misplaced: Failure[] = []
  const merged: Record<string, string> = { ...saved }
  for (const [name, value] of Object.entries(entered.config)) {
    const field = known.get(name)
    if (!field) misplaced.push(unknownField(connector, name))
    else if (field.input === 'secret') misplaced.push(secretAsText(name, field.label))
    else if (looksLikeCredential(value)) misplaced.push(keyAsText(name, field.label))
    else if (value.length > longestText) misplaced.push(tooLong(name, field.label, longestText))
    else merged[name] = value
  }
  const secrets: Record<string, Secret> = {}
  for (const [name, value] of Object.entries(entered.secrets)) {
    const field = known.get(name)
    const plain = value.reveal().trim()
    if (field?.input !== 'secret') misplaced.push(unknownField(connector, name))
    else if (plain.length > longestSecret) misplaced.push(tooLong(name, field.label, longestSecret))
    else if (plain !== '') secrets[name] = new Secret(plain)
  }
  const checked = connector.checkConfig(merged, extraHosts)
  const failures = [...misplaced, ...withoutRepeats(misplaced, checked.failures)]
  const seen = new Set(failures.map((failure) => failure.field))
  for (const field of fields) {
    const value = checked.config[field.name] ?? ''
    if (seen.has(field.name) || field.input === 'secret') continue
    if (field.required && value === '') failures.push(required(field.name, field.label))
  }
  failures.push(...withoutRepeats(failures, hostFailures(checked.config, policyFor(connector, extraHosts))))
  return { config: checked.config, secrets, failures: inFormOrder(fields, failures) }
}

/** Which hosts this connector may talk to: its own kind of target, and what the operator listed. */
export function policyFor(connector: Connector, extraHosts: readonly string[]): HostPolicy {
  return { suffixes: connector.hosts, extra: extraHosts }
}

/** As the fields stand in the form; what belongs to no field comes first. */
export function inFormOrder(
  fields: readonly ConfigField[],
  failures: readonly Failure[],
): readonly Failure[] {
  const place = (failure: Failure) => fields.findIndex((field) => field.name === failure.field)
  return [...failures].sort((a, b) => place(a) - place(b))
}

/** A required secret that is not there, beside its field. */
function required(field: string, label: string): Failure {
  return {
    kind: 'config',
    code: 'connection.required',
    message: `${label} is empty.`,
    remedy: `Enter ${label}.`,
    field,
  }
}

// The door's rule, applied to what was typed: a connector that forgets to check would only fail at the first request.
function hostFailures(config: Readonly<Record<string, string>>, policy: HostPolicy): readonly Failure[] {
  if (!config['domain']) return []
  const verdict = checkHost(config['domain'], policy)
  return 'failure' in verdict ? [verdict.failure] : []
}

/** One sentence per field is enough; the first one found wins. */
function withoutRepeats(said: readonly Failure[], more: readonly Failure[]): readonly Failure[] {
  const seen = new Set(said.map((failure) => failure.field))
  return more.filter((failure) => failure.field === undefined || !seen.has(failure.field))
}

function unknownField(connector: Connector, name: string): Failure {
  const known = connector.manifest.fields.map((field) => field.name).join(', ')
  const shown = /^[A-Za-z]\w{0,40}$/.test(name) ? name : 'of that name'
  return {
    kind: 'config',
    code: 'connection.unknown_field',
    message: `${connector.manifest.label} has no field ${shown} here.`,
    remedy: `Its fields are ${known}.`,
  }
}

function secretAsText(field: string, label: string): Failure {
  return {
    kind: 'config',
    code: 'connection.secret_as_text',
    message: `${label} was sent as an ordinary value, which would be stored and shown in plain.`,
    remedy: 'Send it among the secrets. If it was written anywhere on the way, rotate it.',
    field,
  }
}

// Tokens and private keys pasted into the wrong box must not reach the database or the audit.
function keyAsText(field: string, label: string): Failure {
  return {
    kind: 'config',
    code: 'connection.secret_in_wrong_field',
    message: `What was entered as ${label} looks like a token or a private key.`,
    remedy: `Enter ${label} here, and the secret in its own field. Rotate the secret if others could see it.`,
    field,
  }
}

function tooLong(field: string, label: string, most: number): Failure {
  return {
    kind: 'config',
    code: 'connection.too_long',
    message: `${label} is longer than ${most} characters.`,
    remedy: 'Check what was pasted.',
    field,
  }
}
