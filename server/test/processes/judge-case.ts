import type { JournalEntry as Write } from '@owlie/auth0-sandbox'
import { auth0 } from '@owlie/connector-auth0'
import { actionOf, isRepeatable } from '@owlie/connector-kit'
import type { Operation, Step } from '../../provisioning/index.ts'
/** What was there before, and whether somebody else had a hand in it. */
export interface Circumstances {
  readonly meddling: object | null
  /** Present values of what is wished otherwise: by `id field`. */
  readonly present: ReadonlyMap<string, string>
}

export interface Judgement {
  readonly duplicates: readonly string[]
  readonly lost: readonly string[]
  readonly mismatches: readonly string[]
}

/** A step of any of the operation's plans, and whether that plan was approved. */
export interface KeptStep extends Pick<
  Step,
  'action' | 'changeId' | 'state' | 'target' | 'input' | 'differences' | 'units'
> {
  readonly plan: number
  readonly isApproved: boolean
}

/**
 * The tenant's journal of writes against ours: each approved step took effect exactly once, nothing else did, and what
 * was written is what the approved plan had shown. Pure.
 */
export function judgeCase(
  one: Circumstances,
  operation: Pick<Operation, 'state'>,
  steps: readonly KeptStep[],
  writes: readonly Write[],
): Judgement {
  const duplicates: string[] = []
  const lost: string[] = []
  const mismatches: string[] = []
  const byChange = Map.groupBy(steps, ({ changeId }) => changeId)
  for (const [changeId, own] of Map.groupBy(writes, ({ correlationId }) => correlationId ?? '')) {
    const planned = byChange.get(changeId)?.filter(({ isApproved }) => isApproved) ?? []
    const [step] = planned
    if (!step) {
      mismatches.push(`written without an approved step: ${own.map(({ route }) => route).join(', ')}`)
      continue
    }
    for (const [effect, same] of Map.groupBy(own, effectOf))
      if (same.length > 1 && !mayRepeat(step))
        duplicates.push(`${same.length} times ${effect} (${step.action})`)
    if (planned.every(({ state }) => state === 'refused' || state === 'skipped' || state === 'pending'))
      mismatches.push(
        `${step.action} took effect and is said to be ${planned.map(({ state }) => state).join(', ')}`,
      )
    mismatches.push(...own.flatMap((write) => unlike(step, write)))
  }
  const isOurs = one.meddling === null
  for (const [changeId, same] of byChange) {
    const applied = same.find(({ state }) => state === 'applied')
    if (!applied) continue
    const own = writes.filter(({ correlationId }) => correlationId === changeId)
    // What somebody else had done meanwhile needed no write.
    if (isOurs && own.length < applied.units.length)
      lost.push(`${applied.action} is said to be applied: ${own.length} of ${applied.units.length} writes`)
    mismatches.push(...overwritten(one.present, applied, own))
  }
  if (!['applied', 'failed', 'refused', 'cancelled'].includes(operation.state))
    lost.push(`the operation is still ${operation.state}`)
  return { duplicates, lost, mismatches }
}

function mayRepeat({ action: name }: Pick<Step, 'action'>): boolean {
  const action = actionOf(auth0.manifest, name)
  return action !== null && isRepeatable(action)
}

/** One thing that can only happen once. A creation has another id each time: one change makes one object. */
function effectOf({ kind, ids }: Write): string {
  return kind.endsWith('.created') ? kind : `${kind} ${JSON.stringify(ids)}`
}

/** What was written to other objects than those of the step, or with other values. */
function unlike(step: KeptStep, { kind, ids, values = {} }: Write): readonly string[] {
  const targets = Object.values(step.target).flat()
  const strangers = kind.endsWith('.created') ? [] : Object.values(ids).filter((id) => !targets.includes(id))
  const wished = { ...step.input, ...Object.fromEntries(step.differences.map(({ what, to }) => [what, to])) }
  const others = Object.entries(step.input).filter(
    ([field]) => field in values && JSON.stringify(values[field]) !== JSON.stringify(wished[field]),
  )
  return [
    ...strangers.map((id) => `${step.action} touched ${id}, which it does not name`),
    ...others.map(([field]) => `${step.action} wrote another ${field} than was previewed`),
  ]
}

/** A value nobody had been shown was written over. */
function overwritten(
  present: Circumstances['present'],
  step: KeptStep,
  own: readonly Write[],
): readonly string[] {
  if (own.length === 0) return []
  const [id = ''] = Object.values(step.target).flat()
  return step.differences.flatMap(({ what, from }) => {
    const was = present.get(`${id} ${what}`)
    return was === undefined || was === from
      ? []
      : [`${step.action} wrote over ${what} '${was}', which the approved plan showed as '${String(from)}'`]
  })
}
