import type { Evidence } from '../identities/index.ts'
import type { Key } from './keys-of.ts'
import {
  exclusiveSpaces,
  furtherEvidence,
  mostDoubtful,
  type Rule,
  ruleOf,
  tooCommon,
  weakened,
} from './rules.ts'

/** Somebody who has a value an account has too. */
export interface Holder {
  readonly identityId: string
  /** Null when an admin entered the value for the identity. */
  readonly connectionId: string | null
  readonly trusted: boolean
  /** The account it stands in is no longer seen in its target. */
  readonly isStale: boolean
  /** The identity is disabled. */
  readonly isDisabled: boolean
}

/** An account to decide about, and where it stands. */
export interface Undecided {
  readonly accountId: string
  readonly connectionId: string
  readonly keys: readonly Key[]
  readonly isStale: boolean
  readonly isService: boolean
  /** Its identity, when it has one. */
  readonly identityId: string | null
  /** An admin took it from its identity: rules may only suggest. */
  readonly isHeldApart: boolean
  /** Identities an admin has said it is not. */
  readonly apart: ReadonlySet<string>
  /** Its connection makes identities. */
  readonly mayCreate: boolean
}

export interface Candidate {
  readonly identityId: string
  /** Name of the rule that says most. */
  readonly rule: string
  /** 0–100. */
  readonly score: number
  readonly evidence: readonly Evidence[]
}

export type Decision =
  | { readonly is: 'link'; readonly candidate: Candidate }
  | { readonly is: 'create' }
  | { readonly is: 'review'; readonly candidates: readonly Candidate[] }
  | { readonly is: 'orphan' }
  /** It has an identity. Candidates are other identities that surely are the same: likely duplicates. */
  | { readonly is: 'linked'; readonly candidates: readonly Candidate[] }

/** Who has which value, and the values of identities that exclude others. */
export interface Known {
  holders(key: Key): readonly Holder[]
  /** Trusted values of an identity in an exclusive space. */
  exclusive(identityId: string, space: string): ReadonlySet<string>
}

/** Candidates that are shown of one account. */
const mostCandidates = 5

/**
 * What becomes of an account. Links only where exactly one identity matches by a sure rule and nothing speaks against
 * it; whatever is less waits for a person; two identities are never joined. Pure.
 */
export function decide(account: Undecided, known: Known): Decision {
  const found = matches(account, known)
  const sure = found.filter(({ isSure }) => isSure)
  const shown = (of: readonly Match[]) => of.slice(0, mostCandidates).map(candidateOf)
  if (account.isService) return account.identityId ? { is: 'linked', candidates: [] } : { is: 'orphan' }
  if (account.identityId) {
    return {
      is: 'linked',
      candidates: shown(sure.filter(({ identityId }) => identityId !== account.identityId)),
    }
  }
  if (account.isStale) return { is: 'orphan' }
  if (sure.length === 1 && !account.isHeldApart) return { is: 'link', candidate: candidateOf(sure[0]!) }
  if (found.length > 0) return { is: 'review', candidates: shown(found) }
  return account.mayCreate && !account.isHeldApart ? { is: 'create' } : { is: 'orphan' }
}

interface Match extends Candidate {
  readonly isSure: boolean
}

function candidateOf({ identityId, rule, score, evidence }: Match): Candidate {
  return { identityId, rule, score, evidence }
}

interface Hit {
  readonly rule: Rule
  readonly value: string
  readonly score: number
  readonly isSure: boolean
  readonly sentence: string
}

/** Every identity that something speaks for, the likeliest first. */
function matches(account: Undecided, known: Known): readonly Match[] {
  const hits = new Map<string, Map<string, Hit>>()
  for (const key of account.keys) {
    const holders = known.holders(key).filter(({ identityId }) => !account.apart.has(identityId))
    const isCommon = new Set(holders.map(({ identityId }) => identityId)).size > tooCommon
    for (const holder of holders) {
      const hit = hitOf(account, key, holder, known)
      if (hit === null || (isCommon && !hit.rule.isSure)) continue
      const own = hits.get(holder.identityId) ?? new Map<string, Hit>()
      hits.set(holder.identityId, own)
      // Of one value the strongest holder counts: one proven account is enough beside ten that are not.
      const before = own.get(`${key.space}\n${key.value}`)
      if (!before || before.score < hit.score) own.set(`${key.space}\n${key.value}`, hit)
    }
  }
  return [...hits]
    .map(([identityId, own]) => matchOf(identityId, [...own.values()]))
    .sort((a, b) => b.score - a.score || (a.identityId < b.identityId ? -1 : 1))
}

function hitOf(account: Undecided, key: Key, holder: Holder, known: Known): Hit | null {
  const rule = ruleOf(key.space, key.trusted && holder.trusted)
  if (rule.acrossConnectionsOnly && holder.connectionId === account.connectionId) return null
  const { score, isSure, sentence } = rule
  const against = isSure ? speaksAgainst(account, holder, known) : null
  const { value } = key
  if (against === null) return { rule, value, score, isSure, sentence }
  return { rule, value, score: Math.min(score, weakened), isSure: false, sentence: `${sentence} ${against}` }
}

/** Why a sure match is doubtful all the same: addresses and numbers are given to the next person. */
function speaksAgainst(account: Undecided, holder: Holder, known: Known): string | null {
  if (holder.isStale)
    return 'But the account that has it is gone from its target: the value may have a new owner.'
  if (holder.isDisabled) return 'But the identity is disabled: the value may have a new owner.'
  for (const space of exclusiveSpaces) {
    const mine = account.keys.filter((key) => key.space === space && key.trusted).map(({ value }) => value)
    const theirs = known.exclusive(holder.identityId, space)
    if (mine.length > 0 && theirs.size > 0 && !mine.some((value) => theirs.has(value))) {
      return `But the employee numbers differ: ${mine.join(', ')} here, ${[...theirs].join(', ')} there.`
    }
  }
  return null
}

function matchOf(identityId: string, hits: readonly Hit[]): Match {
  const sorted = [...hits].sort((a, b) => b.score - a.score || (a.rule.name < b.rule.name ? -1 : 1))
  const best = sorted[0]!
  const more = (sorted.length - 1) * furtherEvidence
  const score = best.isSure ? best.score : Math.min(best.score + more, mostDoubtful)
  const evidence = sorted.map(({ rule, sentence, value }) => ({ rule: rule.name, sentence, value }))
  return { identityId, rule: best.rule.name, score, evidence, isSure: best.isSure }
}
