import { Link } from '@tanstack/react-router'
import type { JSX } from 'react'
import { to } from '../../../path-builder.ts'
import { Word } from '../../../parts/word.tsx'

/** What an identity is and whether it counts, each in a word. */
export function IdentityWords({
  kind,
  status,
  merged,
}: {
  kind: string
  status: string
  merged?: boolean
}): JSX.Element {
  return (
    <span className="row" style={{ gap: 4 }}>
      {merged ? (
        <Word tone="idle">Merged</Word>
      ) : status === 'active' ? (
        <Word tone="ok">Active</Word>
      ) : (
        <Word tone="bad">Disabled</Word>
      )}
      {kind === 'machine' && <Word tone="info">Machine</Word>}
    </span>
  )
}

export function IdentityName({
  identity,
}: {
  identity: { readonly id: string; readonly displayName: string }
}): JSX.Element {
  return (
    <Link {...to.identity(identity.id)} className="strong-link">
      {identity.displayName}
    </Link>
  )
}

const rules: Readonly<Record<string, string>> = {
  created: 'nothing matched, so it was made from this account',
  custom: 'a chosen attribute',
  custom_claimed: 'a chosen attribute, claimed',
  email: 'verified e-mail',
  email_unverified: 'unverified e-mail',
  employee_id: 'employee number',
  employee_id_claimed: 'employee number, claimed',
  external_id: 'external id',
  external_id_claimed: 'external id, claimed',
  name_domain: 'name and domain',
}

/** A rule inside a sentence. */
export function ruleWords(rule: string): string {
  return rules[rule] ?? rule.replaceAll('_', ' ')
}

const actions: Readonly<Record<string, string>> = {
  'account.appeared': 'Account first seen',
  'account.went_stale': 'Account gone from its system',
  'account.linked_by_rule': 'Account linked by a rule',
  'identity.account_linked': 'Account linked',
  'identity.account_moved_away': 'Account moved away',
  'identity.account_unlinked': 'Account taken away',
  'identity.created': 'Identity made',
  'identity.edited': 'Edited',
  'identity.merged': 'Another identity merged into this one',
  'identity.merged_away': 'Merged into another identity',
  'identity.restored': 'Itself again: the merge was undone',
  'identity.set_apart': 'Account said to be somebody else’s',
  'identity.unmerged': 'A merge was undone',
}

export function actionWords(action: string): string {
  return actions[action] ?? action.replaceAll('_', ' ').replace('.', ': ')
}
