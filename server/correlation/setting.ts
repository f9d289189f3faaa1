import { createHash } from 'node:crypto'
import type { AccountFacts, Failure } from '@owlie/connector-kit'

/** Whether a connection's e-mail addresses count as proven. */
export type EmailTrust = 'attribute' | 'always' | 'never'

/** An attribute that tells whose an account is; equal values of the same name in two connections match. */
export interface CustomKey {
  /** E.g. `badge`. */
  readonly name: string
  /** Dotted, from the account's attributes; `$id` is the account's own id in its target. */
  readonly path: string
  /** Only the target's admins can set it: two such values make a sure match. */
  readonly trusted: boolean
}

/** How a connection's accounts are matched. */
export interface CorrelationSetting {
  readonly createIdentities: boolean
  readonly emailTrust: EmailTrust
  readonly keys: readonly CustomKey[]
  /** 0 while nobody has set it. */
  readonly version: number
}

export const unset: CorrelationSetting = {
  createIdentities: true,
  emailTrust: 'attribute',
  keys: [],
  version: 0,
}

export const noFacts: AccountFacts = { keys: [], profile: {} }

/** Raised when keys are read from accounts in another way, so that all are read anew. */
const reading = 1

/** A number that differs whenever an account's keys may differ without the account having changed. 0 … 2^31. */
export function fingerprint(facts: AccountFacts, setting: CorrelationSetting): number {
  const { emailVerified = null, keys } = facts
  const text = JSON.stringify([reading, emailVerified, keys, setting.emailTrust, setting.keys])
  return createHash('sha256').update(text).digest().readUInt32BE(0) >>> 1
}

const mostKeys = 10

/** Everything that is wrong with custom keys. Pure. */
export function checkKeys(keys: readonly CustomKey[]): readonly Failure[] {
  const bad = (message: string, remedy: string): Failure => ({
    ...{ kind: 'config', code: 'correlation.bad_key', message, remedy, field: 'keys' },
  })
  const names = keys.map(({ name }) => name)
  return [
    ...(keys.length > mostKeys
      ? [bad(`More than ${mostKeys} attributes.`, 'Keep those that tell people apart.')]
      : []),
    ...names
      .filter((name) => !/^[a-z][a-z0-9_]{0,39}$/.test(name))
      .map((name) =>
        bad(
          `${JSON.stringify(name.slice(0, 60))} is no name for an attribute.`,
          'Use small letters, digits and _, e.g. badge_number.',
        ),
      ),
    ...keys
      .filter(({ path }) => path !== '$id' && !/^[^.\u0000]{1,100}(\.[^.\u0000]{1,100}){0,9}$/.test(path)) // eslint-disable-line no-control-regex -- PostgreSQL has no NUL
      .map(({ path }) =>
        bad(
          `${JSON.stringify(path.slice(0, 60))} is no place in an account.`,
          'Write it with dots, e.g. app_metadata.badge_number, or $id for the account’s own id.',
        ),
      ),
  ]
}
