import { Link } from '@tanstack/react-router'
import type { JSX } from 'react'
import { type Tone, Word } from '../../../parts/word.tsx'
import { to } from '../../../path-builder.ts'
import type { Decision, Drift } from './drift-query.ts'

/** The words of drift, once each. */
export const decisionWords: Readonly<
  Record<
    Decision,
    { readonly label: string; readonly past: string; readonly says: string; readonly key: string }
  >
> = {
  adopt: {
    label: 'Adopt',
    past: 'Adopted',
    says: 'What is there now becomes what ought to be. The target is not touched.',
    key: 'a',
  },
  preserve: {
    label: 'Preserve',
    past: 'Asked to put back',
    says: 'An operation is asked for that puts the intended state back in the target.',
    key: 'p',
  },
  ignore: {
    label: 'Ignore',
    past: 'Ignored',
    says: 'It is noise, as long as it stays as it is. Nothing moves.',
    key: 'i',
  },
  flag: { label: 'Flag', past: 'Flagged', says: 'It stays on the list. Nothing moves.', key: 'f' },
}

export const decisionNames = ['adopt', 'preserve', 'ignore', 'flag'] as const

const types: Readonly<Record<Drift['type'], readonly [Tone, string]>> = {
  missing: ['bad', 'Missing'],
  excess: ['warn', 'Excess'],
  different: ['info', 'Different'],
}

export const typeNames = ['missing', 'excess', 'different'] as const

export function typeTone(type: Drift['type']): Tone {
  return types[type][0]
}

export function typeLabel(type: Drift['type']): string {
  return types[type][1]
}

export function TypeWord({ type }: { type: Drift['type'] }): JSX.Element {
  return <Word tone={types[type][0]}>{types[type][1]}</Word>
}

const states: Readonly<Record<Drift['state'], readonly [Tone, string]>> = {
  open: ['warn', 'To review'],
  flagged: ['info', 'Flagged'],
  ignored: ['idle', 'Ignored'],
  operation_wanted: ['wait', 'To be put back'],
  operation_queued: ['info', 'Being put back'],
  closed: ['ok', 'Over'],
}

export const stateChoices = [
  { value: 'review', label: 'Needs review' },
  { value: 'any', label: 'Everything open' },
  { value: 'open', label: 'To review, undecided' },
  { value: 'flagged', label: 'Flagged' },
  { value: 'ignored', label: 'Ignored' },
  { value: 'operation_wanted', label: 'To be put back' },
  { value: 'operation_queued', label: 'Being put back' },
  { value: 'closed', label: 'Over' },
] as const

export function StateWord({ state }: { state: Drift['state'] }): JSX.Element {
  return <Word tone={states[state][0]}>{states[state][1]}</Word>
}

const resolutions: Readonly<Record<string, string>> = {
  adopted: 'Adopted: what was there became what ought to be.',
  put_back: 'Put back: a later run saw the target as it ought to be.',
  source_changed: 'Went by itself: the target is again as it ought to be.',
  intent_changed: 'Went because what ought to be was changed.',
  became_other: 'Became another type of disagreement, listed on its own.',
  ignored_by_policy: 'Dropped: a policy says to ignore this kind.',
}

export function resolutionWords(resolution: string | null): string | null {
  return resolution && (resolutions[resolution] ?? resolution)
}

/** Who and what, as links where the inventory knows them. */
export function About({ drift, plain = false }: { drift: Drift; plain?: boolean }): JSX.Element {
  const { account, accountId, accountName, entitlement, entitlementId, entitlementName } = drift
  const who = account && (
    <Name id={plain ? null : accountId} name={accountName ?? account} link={to.account} />
  )
  const isPage = drift.entitlementType === 'role' || drift.entitlementType === 'organization'
  const link = drift.entitlementType === 'organization' ? to.organization : to.role
  const what = entitlement && (
    <Name id={plain || !isPage ? null : entitlementId} name={entitlementName ?? entitlement} link={link} />
  )
  if (who && what)
    return (
      <>
        {who} <span className="faint">{drift.type === 'missing' ? 'without' : 'with'}</span> {what}
      </>
    )
  return <>{who ?? what}</>
}

function Name({
  id,
  name,
  link,
}: {
  id: string | null
  name: string
  link: typeof to.account | typeof to.role | typeof to.organization
}): JSX.Element {
  return id ? (
    <Link {...link(id)} className="strong-link">
      {name}
    </Link>
  ) : (
    <span className="strong-link">{name}</span>
  )
}

export function aboutText({ account, accountName, entitlement, entitlementName }: Drift): string {
  return [accountName ?? account, entitlementName ?? entitlement].filter(Boolean).join(', ')
}

/** One sentence of what disagrees. */
export function Disagreement({ drift }: { drift: Drift }): JSX.Element {
  const isGrant = drift.subject === 'grant'
  if (drift.type === 'missing')
    return <>{isGrant ? 'Ought to be held, is not.' : 'Ought to exist, does not.'}</>
  if (drift.type === 'excess') return <>{excessWords(isGrant, drift.intent?.wanted === false)}</>
  return (
    <span className="diffs">
      {drift.differences.map(({ field, intended, observed }) => (
        <span key={field}>
          <span className="faint">{field}</span> <del>{valueText(intended)}</del>{' '}
          <ins>{valueText(observed)}</ins>
        </span>
      ))}
    </span>
  )
}

function excessWords(isGrant: boolean, isUnwanted: boolean): string {
  if (isUnwanted)
    return isGrant ? 'Was taken away, is held again.' : 'Was to be gone, was created again in the target.'
  return isGrant ? 'Is held, nobody wished it.' : 'Exists, nobody wished it.'
}

export function valueText(value: unknown): string {
  if (value === null || value === undefined) return 'none'
  return typeof value === 'string' ? value : JSON.stringify(value)
}
