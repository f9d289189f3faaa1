import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import { FAILURE, accepted } from '../api.ts'
import { exitCodeOf, exitCodes, type Failure, refuse } from '../exit.ts'
import {
  follow,
  OPERATION,
  type Operation,
  operationById,
  progressLine,
  sayPlan,
  sayReceipt,
} from '../operation.ts'
import type { Context } from '../program.ts'
import { dim, json, say } from '../talk.ts'
import { connectionNamed } from './connection.ts'

export const SUBMIT = `mutation Submit($id: ID!, $items: [OperationItem!]!, $key: String, $reason: String) {
  submitOperation(connectionId: $id, items: $items, idempotencyKey: $key, reason: $reason) {
    ... on Operation { ${OPERATION} } ... on Refusal { failures { ${FAILURE} } } } }`
export const APPROVE = `mutation Approve($id: ID!, $hash: String!, $count: Int, $tryOne: Boolean) {
  approveOperation(id: $id, hash: $hash, confirmCount: $count, tryOne: $tryOne) {
    ... on Operation { ${OPERATION} } ... on Refusal { failures { ${FAILURE} } } } }`

interface JsonOption {
  json?: true
}

interface CreateOptions extends JsonOption {
  action?: string
  target?: string[]
  set?: string[]
  file?: string
  key?: string
  reason?: string
}

interface ApplyOptions extends JsonOption {
  confirm?: string
  hash?: string
  tryOne?: true
}

export function planCommands(root: Command, context: Context): void {
  const noun = root
    .command('plan')
    .description('Say what should change, see exactly what that takes, and do it.')
  noun
    .command('create')
    .description('Plan a change. Nothing is touched before it is applied.')
    .argument('<connection>', 'the connection’s name')
    .option('--action <name>', 'what to do, e.g. user.block')
    .option('--target <name=id...>', 'on what; several ids of one name are done together')
    .option('--set <field=value...>', 'a field of the input; JSON where it is JSON, else text')
    .option('--file <path>', 'many wishes: a JSON list of {action, target, input}; - reads stdin')
    .option('--key <key>', 'the same key with the same wish is the same operation')
    .option('--reason <text>', 'kept with the operation')
    .option('--json', 'the plan as JSON on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  owlie plan create Auth0 --action user.update --target "user=auth0|1" --set name=Ada\n  owlie plan create Auth0 --file wishes.json --key TICKET-7 --json',
    )
    .action((name: string, options: CreateOptions) => create(context, name, options))
  noun
    .command('show')
    .description(
      'The plan of an operation: every step, its exact call, and what moved since the plan before.',
    )
    .argument('<operation>', 'its id')
    .option('--json', 'as JSON on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  owlie plan show OPERATION_ID\n  owlie plan show OPERATION_ID --json',
    )
    .action(async (id: string, options: JsonOption) =>
      conclude(context, await operationById(context.api(), id), options),
    )
  noun
    .command('apply')
    .description(
      'Approve a plan and stay until it is carried out. Ends with 7 when it is stale, 8 when the guard wants a second person.',
    )
    .argument('<operation>', 'its id')
    .option('--confirm <count>', 'how many things are taken away, where the plan asks for it')
    .option('--hash <hash>', 'only exactly this plan')
    .option('--try-one', 'do one step, then wait for another apply')
    .option('--json', 'the result as JSON on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  owlie plan apply OPERATION_ID\n  owlie plan apply OPERATION_ID --confirm 3 --try-one',
    )
    .action((id: string, options: ApplyOptions) => apply(context, id, options))
}

async function create(context: Context, name: string, options: CreateOptions): Promise<void> {
  const items = options.file ? await itemsOf(options.file) : [itemOf(options)]
  const api = context.api()
  const { id } = await connectionNamed(api, name)
  const { key = null, reason = null } = options
  const sent = await api.send<{ submitOperation: Operation }>(SUBMIT, { id, items, key, reason })
  const operation = accepted(sent.submitOperation)
  conclude(context, await follow(api, operation.id, context.signal, () => {}), options)
}

async function itemsOf(path: string): Promise<unknown[]> {
  const content = path === '-' ? await text(process.stdin) : await readFile(path, 'utf8').catch(() => null)
  if (content === null) throw refuse('config', 'cli.file', `${path} cannot be read.`, 'Check the path.')
  const parsed = parse(content)
  if (Array.isArray(parsed)) return parsed as unknown[]
  const remedy = 'Write a list like [{"action": "user.block", "target": {"user": ["auth0|1"]}}].'
  throw refuse('config', 'cli.file', `${path} is not a JSON list.`, remedy)
}

function itemOf({ action, target = [], set = [] }: CreateOptions): object {
  if (!action)
    throw refuse('config', 'cli.action', 'No action.', 'Give --action NAME, or --file with a list of wishes.')
  const ids: Record<string, string[]> = {}
  for (const [name, id] of target.map(pair)) ids[name] = [...(ids[name] ?? []), id]
  const fields = set
    .map(pair)
    .map(([name, value]) => [name, parse(value) ?? (value === 'null' ? null : value)] as const)
  return { action, target: ids, input: Object.fromEntries(fields) }
}

function pair(given: string): readonly [string, string] {
  const at = given.indexOf('=')
  if (at > 0) return [given.slice(0, at), given.slice(at + 1)]
  throw refuse('config', 'cli.pair', `${given} has no =.`, 'Write NAME=VALUE.')
}

function parse(value: string): unknown {
  try {
    return JSON.parse(value) as unknown
  } catch {
    return undefined
  }
}

async function apply(context: Context, id: string, options: ApplyOptions): Promise<void> {
  const api = context.api()
  const before = await operationById(api, id)
  if (!before.plan)
    throw refuse('conflict', 'plan.none', 'There is no plan yet.', 'Wait a moment, then try again.')
  const count = options.confirm === undefined ? null : Number(options.confirm)
  const sent = await api.send<{ approveOperation: Operation }>(APPROVE, {
    ...{ id, hash: options.hash ?? before.plan.hash, count: Number.isInteger(count) ? count : null },
    tryOne: options.tryOne ?? null,
  })
  const approved = accepted(sent.approveOperation)
  if (approved.state === 'planned') {
    if (options.json) json(approved)
    say(`${approved.plan?.guard.why ?? ''} Approved by you; another admin has to approve it too.`)
    return context.ends(exitCodes.guard)
  }
  const after = await follow(api, id, context.signal, (now) => {
    if (!options.json) say(progressLine(now))
  })
  conclude(context, after, options)
}

/** Says how an operation stands, and ends with the number that means it. */
export function conclude(context: Context, operation: Operation, options: JsonOption): void {
  const { state, plan, id } = operation
  if (options.json) json(operation)
  else if (state === 'planned' || state === 'refused' || state === 'tried') {
    sayPlan(operation)
    if (state !== 'refused') say(dim(`Apply it with: owlie plan apply ${id}${confirmOf(operation)}`))
  } else sayReceipt(operation)
  const failures: readonly Failure[] =
    state === 'refused' ? (plan?.problems ?? []) : operation.failure ? [operation.failure] : []
  if (state === 'planned' && (plan?.moved.length ?? 0) > 0) context.ends(exitCodes.conflict)
  else if (state === 'cancelled') context.ends(exitCodes.cancelled)
  else if (state === 'failed' || state === 'refused')
    context.ends(failures.length > 0 ? exitCodeOf(failures) : exitCodes.failed)
}

function confirmOf({ plan }: Operation): string {
  return plan?.guard.count ? ` --confirm ${plan.guard.count}` : ''
}
