import { setTimeout as sleep } from 'node:timers/promises'
import { FAILURE, type Api } from './api.ts'
import { type Failure, refuse } from './exit.ts'
import { patient } from './patience.ts'
import { bold, dim, green, plain, red, say, sayFailure, yellow } from './talk.ts'

/** An operation as the command sees it, and how it is told. */

export const OPERATION = `id title state reason actor createdAt finishedAt cancelRequestedBy
  connection { name } failure { ${FAILURE} } waiting { reason until } progress { steps done failed perMinute etaMs }
  plan { number hash madeAt create change destroy same adopted warnings problems { ${FAILURE} }
    moved { sentence from to } guard { count secondPerson why } writes reads seconds
    approvedByPolicy approvals { name at } }`
export const STEPS = `steps(first: 100, after: $after) { position sentence request state attempts proof proofReason
  destructive reversible changeId differences { what from to } failure { ${FAILURE} } }`

export interface Step {
  position: number
  sentence: string
  request: string
  state: string
  attempts: number
  proof: string | null
  proofReason: string | null
  destructive: boolean
  reversible: boolean
  changeId: string
  differences: { what: string; from: unknown; to: unknown }[]
  failure: Failure | null
}

export interface Operation {
  id: string
  title: string
  state: string
  reason: string | null
  actor: string
  createdAt: string
  connection: { name: string }
  failure: Failure | null
  waiting: { reason: string; until: string } | null
  progress: { steps: number; done: number; failed: number; etaMs: number | null; perMinute: number | null }
  plan: {
    number: number
    hash: string
    create: number
    change: number
    destroy: number
    same: number
    adopted: string[]
    warnings: string[]
    problems: Failure[]
    moved: { sentence: string; from: unknown; to: unknown }[]
    guard: { count: number | null; secondPerson: boolean; why: string | null }
    writes: number
    reads: number
    seconds: number | null
    approvedByPolicy: string | null
    approvals: { name: string }[]
  } | null
  steps?: Step[]
}

export const ONE = `query Operation($id: ID!, $after: Int) { operation(id: $id) { ${OPERATION} ${STEPS} } }`
export const STATE = `query OperationState($id: ID!) { operation(id: $id) { ${OPERATION} } }`

/** With all its steps. */
export async function operationById(api: Api, id: string): Promise<Operation> {
  const steps: Step[] = []
  for (let after = 0; ;) {
    const { operation } = await api.send<{ operation: Operation | null }>(ONE, { id, after })
    if (!operation) break
    const page = operation.steps ?? []
    steps.push(...page)
    if (page.length < 100) return { ...operation, steps }
    after = page.at(-1)!.position
  }
  const remedy = 'See the operations with: owlie operation list'
  throw refuse('missing', 'operation.not_found', 'There is no such operation.', remedy)
}

const working = new Set(['planning', 'approved', 'applying'])

/** Waits until it has ended or waits for a person; each change of progress is told once. */
export async function follow(
  api: Api,
  id: string,
  signal: AbortSignal,
  tell: (operation: Operation) => void,
): Promise<Operation> {
  const asking = patient(api, signal, `owlie operation show ${id}`)
  for (let before = ''; ; await sleep(400, undefined, { signal })) {
    const { operation } = await asking.send<{ operation: Operation | null }>(STATE, { id })
    if (!operation) return operationById(api, id)
    const now = JSON.stringify([operation.state, operation.progress.done, operation.waiting?.reason])
    if (now !== before) tell(operation)
    before = now
    if (!working.has(operation.state)) return operationById(asking, id)
  }
}

export function progressLine({ state, progress, waiting }: Operation): string {
  if (waiting) return dim(`waits: ${plain(waiting.reason)}`)
  if (state !== 'applying') return dim(state)
  const eta = progress.etaMs === null ? '' : `, about ${Math.ceil(progress.etaMs / 1000)} s left`
  const rate = progress.perMinute === null ? '' : `, ${progress.perMinute} a minute`
  return dim(`${progress.done} of ${progress.steps} steps${rate}${eta}`)
}

/** The plan in words, its summary last. */
export function sayPlan(operation: Operation): void {
  const { plan, steps = [] } = operation
  if (!plan) return
  for (const { sentence, from, to } of plan.moved)
    say(`${yellow('moved')} ${plain(sentence)}: ${show(from)} → ${show(to)}`)
  for (const step of steps) {
    const mark = step.destructive
      ? red('−')
      : step.differences.some(({ from }) => from !== null)
        ? yellow('~')
        : green('+')
    say(`${mark} ${plain(step.sentence)}${step.reversible ? '' : dim(' (cannot be undone)')}`)
    say(dim(`    ${plain(step.request)}`))
    for (const { what, from, to } of step.differences.slice(0, 10))
      say(dim(`    ${plain(what)}: ${show(from)} → ${show(to)}`))
  }
  for (const warning of plan.warnings) say(`${yellow('!')} ${plain(warning)}`)
  for (const problem of plan.problems) sayFailure(problem)
  const { create, change, destroy, same, writes, reads, seconds } = plan
  say(
    bold(`+${create} ~${change} −${destroy}`) +
      dim(`  ${same} already so; ${writes} requests that write, ${reads} that read${timeOf(seconds)}`),
  )
}

/** What the rate limits make of it, where that can be felt. */
function timeOf(seconds: number | null): string {
  if (seconds === null || seconds < 1) return ''
  return seconds < 120 ? `; about ${seconds} s` : `; about ${Math.ceil(seconds / 60)} min`
}

const show = (value: unknown): string => plain(JSON.stringify(value ?? null))

/** What became of each step. */
export function sayReceipt({ steps = [], failure, state, plan }: Operation): void {
  if (plan?.approvedByPolicy) say(dim(`approved by policy: ${plain(plan.approvedByPolicy)}`))
  const marks: Readonly<Record<string, string>> = {
    applied: green('✓'),
    same: green('='),
    refused: red('✗'),
    unknown: red('?'),
  }
  for (const step of steps) {
    say(
      `${marks[step.state] ?? dim('·')} ${plain(step.sentence)} ${dim(`${step.state}${step.proof ? `, ${step.proof}` : ''}`)}`,
    )
    if (step.proofReason) say(dim(`    ${plain(step.proofReason)}`))
    if (step.failure) sayFailure(step.failure)
  }
  if (failure) sayFailure(failure)
  else say(bold(state))
}
