import type { AccountFacts } from '@owlie/connector-kit'
import { comparableEmail, comparableId, type Picked } from '../identities/index.ts'
import { clip, fold } from '../model/index.ts'
import { isRoleMailbox, publicDomains, type Space } from './rules.ts'
import type { CorrelationSetting } from './setting.ts'

/** A value that can be compared with other accounts'. */
export interface Key {
  readonly space: Space
  readonly value: string
  /** Proven by the target, or set by its admins; never what a user may have typed. */
  readonly trusted: boolean
}

export interface KeyedAccount {
  readonly externalId: string
  readonly displayName: string
  readonly email: string | null
  /** Values at `pathsOf`. */
  readonly picked: Picked
}

/** The attributes that are read for keys. */
export function pathsOf(facts: AccountFacts, setting: CorrelationSetting): readonly string[] {
  const verified = facts.emailVerified === undefined ? [] : [facts.emailVerified]
  const custom = setting.keys.map(({ path }) => path).filter((path) => path !== '$id')
  return [...new Set([...verified, ...facts.keys.map(({ path }) => path), ...custom])]
}

/** What of an account can be compared. Each value once per space, trusted if one source of it is. Pure. */
export function keysOf(
  account: KeyedAccount,
  facts: AccountFacts,
  setting: CorrelationSetting,
): readonly Key[] {
  const email = account.email === null ? null : comparableEmail(account.email)
  const found: Key[] = [
    ...(email === null ? [] : [emailKey(email, account, facts, setting)]),
    ...facts.keys.flatMap(({ space, path, trusted }) => idKey(space, account.picked[path], trusted)),
    ...setting.keys.flatMap(({ name, path, trusted }) =>
      idKey(`custom:${name}`, path === '$id' ? account.externalId : account.picked[path], trusted),
    ),
    ...(email === null ? [] : nameKey(account.displayName, email)),
  ]
  const unique = new Map<string, Key>()
  for (const key of found) {
    const id = `${key.space}\n${key.value}`
    unique.set(id, { ...key, trusted: key.trusted || (unique.get(id)?.trusted ?? false) })
  }
  return [...unique.values()]
}

function emailKey(
  value: string,
  { picked }: KeyedAccount,
  { emailVerified }: AccountFacts,
  { emailTrust }: CorrelationSetting,
): Key {
  const isProven =
    emailTrust === 'always' ||
    (emailTrust === 'attribute' && emailVerified !== undefined && picked[emailVerified] === 'true')
  return { space: 'email', value, trusted: isProven && !isRoleMailbox(value) }
}

function idKey(space: Space, value: string | null | undefined, trusted: boolean): readonly Key[] {
  const comparable = typeof value === 'string' ? comparableId(value) : null
  return comparable === null ? [] : [{ space, value: comparable, trusted }]
}

/** `lovelace ada@example.de`: the words of a name in order, and where the address is. One word is no name. */
function nameKey(displayName: string, email: string): readonly Key[] {
  const domain = email.slice(email.lastIndexOf('@') + 1)
  const words = fold(displayName)
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
    .sort()
  if (words.length < 2 || displayName.includes('@') || publicDomains.has(domain)) return []
  return [{ space: 'name_domain', value: clip(`${words.join(' ')}@${domain}`, 400), trusted: false }]
}
