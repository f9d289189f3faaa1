import { decide, type Decision, type Holder, type Known, type Undecided } from './decide.ts'
import type { Key } from './keys-of.ts'
import { exclusiveSpaces } from './rules.ts'

/** What is stored of the values a batch of accounts has: who else has them. */
export interface KnownHolder extends Holder {
  readonly space: string
  readonly value: string
}

export interface ExclusiveValue {
  readonly identityId: string
  readonly space: string
  readonly value: string
}

export interface Decided {
  readonly account: Undecided
  readonly decision: Decision
  /** Where it is now: the identity it joined or founded. */
  readonly identityId: string | null
}

const keyOf = ({ space, value }: { readonly space: string; readonly value: string }) => `${space}\n${value}`

/**
 * Decides one account after the other, so that those of one batch find each other as they would find them in an
 * earlier one: of two new accounts of a person the first makes the identity, the second joins it. Pure but for `newId`.
 */
export function decideBatch(
  accounts: readonly Undecided[],
  holders: readonly KnownHolder[],
  exclusive: readonly ExclusiveValue[],
  newId: () => string,
): readonly Decided[] {
  const known = knowledge(holders, exclusive)
  return accounts.map((account) => {
    const decision = decide(account, known)
    const identityId = placeOf(account, decision, newId)
    if (identityId !== null && decision.is !== 'linked') known.learn(account, identityId)
    return { account, decision, identityId }
  })
}

function placeOf(account: Undecided, decision: Decision, newId: () => string): string | null {
  if (decision.is === 'link') return decision.candidate.identityId
  return decision.is === 'create' ? newId() : account.identityId
}

function knowledge(
  holders: readonly KnownHolder[],
  exclusive: readonly ExclusiveValue[],
): Known & { learn(account: Undecided, identityId: string): void } {
  const byKey: Map<string, Holder[]> = Map.groupBy(holders, keyOf)
  const excluding = new Map<string, Set<string>>()
  const exclude = (identityId: string, { space, value }: Pick<Key, 'value'> & { readonly space: string }) => {
    const place = `${identityId}\n${space}`
    excluding.set(place, (excluding.get(place) ?? new Set()).add(value))
  }
  for (const each of exclusive) exclude(each.identityId, each)
  const none: ReadonlySet<string> = new Set()
  return {
    holders: (key) => byKey.get(keyOf(key)) ?? [],
    exclusive: (identityId, space) => excluding.get(`${identityId}\n${space}`) ?? none,
    learn({ connectionId, keys }, identityId) {
      for (const key of keys) {
        const holder = { identityId, connectionId, trusted: key.trusted, isStale: false, isDisabled: false }
        const others = byKey.get(keyOf(key))
        if (others) others.push(holder)
        else byKey.set(keyOf(key), [holder])
        if (key.trusted && exclusiveSpaces.includes(key.space)) exclude(identityId, key)
      }
    },
  }
}
