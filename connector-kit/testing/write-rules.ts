import type { Change, Outcome } from '../change.ts'
import { actionOf, checkShape } from '../check-change.ts'
import type { Connector, Session } from '../connector.ts'
import { isFailure } from '../failure.ts'
import { lookAll } from '../look.ts'
import type { Complaint, ConformanceRule, ConformanceTarget } from './rules.ts'

/** What may befall the next writing request. */
export type WriteFault = 'reply lost after the effect' | 'dropped before the effect' | 'a clean no'

/** The part of a target that may be written to. */
export interface WriteTarget {
  /** One change of every action, on objects made for it and not in effect yet. Called anew for each rule. */
  samples(): Promise<readonly Change[]>
  /** How many requests with this change id really changed something: the target's own truth. */
  effectsOf(changeId: string): number
  /** From now on every writing request fares like this; null: none does. */
  spoil(fault: WriteFault | null): void
}

/** The rules about writing. A connector without actions has nothing to fear from them. */
export const writeRules: readonly ConformanceRule[] = [
  {
    sentence:
      'the actions are whole: each has a verb, a capability, a closed schema, known kinds and an inverse',
    check: (connector) => Promise.resolve(actionComplaints(connector)),
  },
  {
    sentence: 'applied is said of what happened, once, by one request, and can be seen at once',
    check: withWrites(appliedIsTrue),
  },
  {
    sentence: 'what may have happened is unknown, and a look tells which',
    check: withWrites(doubtIsSaid),
  },
  {
    sentence: 'a clean no is a refusal with a classified failure, and nothing happened',
    check: withWrites(noIsRefused),
  },
  {
    sentence: 'what is malformed or not permitted is refused by the check, without asking',
    check: withWrites(checkedFirst),
  },
]

type WriteCheck = (
  connector: Connector,
  target: ConformanceTarget,
  writes: WriteTarget,
) => Promise<readonly Complaint[]>

function withWrites(check: WriteCheck): ConformanceRule['check'] {
  return async (connector, target) => {
    if ((connector.manifest.actions ?? []).length === 0) return []
    if (!target.writes) return ['the connector has actions, and the target nothing to write to']
    try {
      return (await check(connector, target, target.writes)).slice(0, 10)
    } finally {
      target.writes.spoil(null)
    }
  }
}

function actionComplaints(connector: Connector): readonly Complaint[] {
  const { manifest } = connector
  const actions = manifest.actions ?? []
  const complaints: Complaint[] = []
  const names = actions.map(({ name }) => name)
  const kinds = manifest.kinds.map(({ name }) => name)
  if (new Set(names).size < names.length) complaints.push('an action is named twice')
  for (const name of Object.keys(connector.apply ?? {}))
    if (!names.includes(name)) complaints.push(`the verb ${name} has no action`)
  for (const action of actions) {
    const { name, effect, inverse, input, batch = [], targets } = action
    const complain = (what: string) => complaints.push(`${name}: ${what}`)
    if (typeof connector.apply?.[name] !== 'function') complain('has no verb')
    const capability = manifest.capabilities.find((one) => one.name === action.capability)
    if (!capability) complain(`no capability ${action.capability}`)
    for (const scope of [...action.scopes, ...action.proof])
      if (capability && !capability.scopes.includes(scope)) complain(`${scope} is not of its capability`)
    if (action.scopes.length === 0) complain('needs no permission at all')
    if (inverse !== null && !names.includes(inverse)) complain(`its inverse ${inverse} is no action`)
    if (action.companion !== undefined && !names.includes(action.companion))
      complain(`its companion ${action.companion} is no action`)
    if ('kind' in effect && !kinds.includes(effect.kind)) complain(`no kind ${effect.kind}`)
    if (input.type !== 'object' || input.additionalProperties !== false) complain('its schema is open')
    for (const target of targets)
      if (!kinds.includes(target.kind)) complain(`its target ${target.name} is of no kind`)
    for (const { of } of batch)
      if (!targets.some((target) => target.name === of)) complain(`batches ${of}, which is no target`)
  }
  return complaints
}

interface Told {
  readonly outcome: Outcome | null
  readonly complaints: readonly Complaint[]
}

async function apply(connector: Connector, session: Session, change: Change): Promise<Told> {
  try {
    const outcome = await connector.apply![change.action]!(session, change)
    const failure = 'failure' in outcome ? outcome.failure : null
    if (failure && (!isFailure(failure) || failure.kind === 'defect' || failure.remedy.trim() === ''))
      return { outcome, complaints: [`${change.action}: a failure that is none`] }
    return { outcome, complaints: [] }
  } catch (error) {
    return {
      outcome: null,
      complaints: [`${change.action} threw ${error instanceof Error ? error.name : ''}`],
    }
  }
}

/** Null: it cannot be told, also because a look failed. */
async function isInEffect(connector: Connector, session: Session, change: Change): Promise<boolean | null> {
  const findings = await lookAll(connector, session, connector.looks?.(change) ?? [])
  if (findings.some((finding) => 'failure' in finding)) return null
  const found = findings.map((finding) => ('found' in finding ? finding.found : []))
  return connector.inEffect?.(change, found) ?? null
}

async function appliedIsTrue(
  connector: Connector,
  target: ConformanceTarget,
  writes: WriteTarget,
): Promise<readonly Complaint[]> {
  const complaints: Complaint[] = []
  const session = target.open()
  // The token is fetched before, so that only writes are counted.
  await connector.grantedScopes(session)
  for (const change of await writes.samples()) {
    if ((await isInEffect(connector, session, change)) === true)
      complaints.push(`${change.action}: in effect before it was sent`)
    const before = session.http.stats.total
    const { outcome, complaints: told } = await apply(connector, session, change)
    const sent = session.http.stats.total - before
    complaints.push(...told)
    if (outcome && outcome.is !== 'applied')
      complaints.push(
        `${change.action}: ${outcome.is} (${outcome.failure.code}) although nothing stood in its way`,
      )
    if (writes.effectsOf(change.changeId) !== 1)
      complaints.push(`${change.action}: took effect ${writes.effectsOf(change.changeId)} times`)
    if (sent !== 1) complaints.push(`${change.action}: ${sent} requests`)
    if ((await isInEffect(connector, session, change)) === false)
      complaints.push(`${change.action}: applied, and not seen`)
  }
  return complaints
}

async function doubtIsSaid(
  connector: Connector,
  target: ConformanceTarget,
  writes: WriteTarget,
): Promise<readonly Complaint[]> {
  const complaints: Complaint[] = []
  for (const fault of ['reply lost after the effect', 'dropped before the effect'] as const) {
    const session = target.open()
    await connector.grantedScopes(session)
    for (const change of await writes.samples()) {
      writes.spoil(fault)
      const { outcome, complaints: told } = await apply(connector, session, change)
      writes.spoil(null)
      complaints.push(...told)
      const happened = writes.effectsOf(change.changeId) > 0
      if (outcome?.is === 'applied') complaints.push(`${change.action}, ${fault}: said to be applied`)
      if (happened && outcome?.is === 'refused')
        complaints.push(`${change.action}, ${fault}: refused, and it happened`)
      const seen = await isInEffect(connector, session, change)
      if (seen === !happened) complaints.push(`${change.action}, ${fault}: a look shows the opposite`)
    }
  }
  return complaints
}

async function noIsRefused(
  connector: Connector,
  target: ConformanceTarget,
  writes: WriteTarget,
): Promise<readonly Complaint[]> {
  const complaints: Complaint[] = []
  const session = target.open()
  for (const change of await writes.samples()) {
    writes.spoil('a clean no')
    const { outcome, complaints: told } = await apply(connector, session, change)
    writes.spoil(null)
    complaints.push(...told)
    if (outcome && outcome.is !== 'refused')
      complaints.push(`${change.action}: ${outcome.is} after a clean no`)
    if (writes.effectsOf(change.changeId) > 0) complaints.push(`${change.action}: happened after a clean no`)
  }
  return complaints
}

async function checkedFirst(
  connector: Connector,
  target: ConformanceTarget,
  writes: WriteTarget,
): Promise<readonly Complaint[]> {
  const complaints: Complaint[] = []
  const check = connector.checkChange
  if (!check) return ['the connector checks no change']
  const granted = await connector.grantedScopes(target.open())
  const scopes = 'scopes' in granted ? granted.scopes : []
  for (const change of await writes.samples()) {
    const action = actionOf(connector.manifest, change.action)!
    const complain = (what: string) => complaints.push(`${change.action}: ${what}`)
    for (const { code } of check(change, null, scopes)) complain(`a good change is refused, ${code}`)
    const missing = check(change, null, []).flatMap((failure) => failure.scopes ?? [])
    if (!action.scopes.some((scope) => missing.includes(scope))) complain('no scope is named as missing')
    const open = { ...change, input: { ...change.input, no_such_field: 1 } }
    if (check(open, null, scopes).length === 0) complain('an unknown field passes')
    if (checkShape(connector.manifest, { ...change, action: `${change.action}.x` }).length === 0)
      complain('an unknown action passes')
    for (const { name } of action.targets)
      if (check({ ...change, target: { ...change.target, [name]: [] } }, null, scopes).length === 0)
        complain(`passes without ${name}`)
  }
  return complaints
}
