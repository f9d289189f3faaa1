import type { Command } from 'commander'
import { type Api, FAILURE, accepted } from '../api.ts'
import { exitCodeOf, exitCodes, type Failure, Refused, refuse } from '../exit.ts'
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
import { dim, json, say, table } from '../talk.ts'
import { isUsable, problemsOf, readWishFile, sayWishFile } from '../wish-file.ts'
import { connectionNamed } from './connection.ts'

export const SUBMIT = `mutation Submit($id: ID!, $items: [OperationItem!]!, $key: String, $reason: String) {
  submitOperation(connectionId: $id, items: $items, idempotencyKey: $key, reason: $reason) {
    ... on Operation { ${OPERATION} } ... on Refusal { failures { ${FAILURE} } } } }`
export const APPROVE = `mutation Approve($id: ID!, $hash: String!, $count: Int, $tryOne: Boolean) {
  approveOperation(id: $id, hash: $hash, confirmCount: $count, tryOne: $tryOne) {
    ... on Operation { ${OPERATION} } ... on Refusal { failures { ${FAILURE} } } } }`

export const RULES = `query ApprovalRules($id: ID!) {
  connection(id: $id) { approvalRules { action most setBy setAt } } }`

interface Rule {
  action: string
  most: number
  setBy: string
  setAt: string
}

interface JsonOption {
  json?: true
}

interface CreateOptions extends JsonOption {
  action?: string
  target?: string[]
  set?: string[]
  file?: string
  preview?: true
  skipBad?: true
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
    .option('--action <name>', 'what to do, e.g. user.block; with --file: for lines that name none')
    .option('--target <name=id...>', 'on what; several ids of one name are done together')
    .option('--set <field=value...>', 'a field of the input; JSON where it is JSON, else text')
    .option(
      '--file <path>',
      'many wishes: CSV with a heading of targets and fields, or a JSON list of {action, target, input}; - reads stdin',
    )
    .option('--preview', 'only say what the file holds and what is wrong with which line')
    .option('--skip-bad', 'plan the lines nothing is wrong with; without it one bad line stops all')
    .option('--key <key>', 'the same key with the same wish is the same operation')
    .option('--reason <text>', 'kept with the operation')
    .option('--json', 'the plan as JSON on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  owlie plan create Auth0 --action user.update --target "user=auth0|1" --set name=Ada\n  owlie plan create Auth0 --file people.csv --action organization.add_members --key TICKET-7',
    )
    .action((name: string, options: CreateOptions) => create(context, name, options))
  noun
    .command('rules')
    .description(
      'Which operations need no person’s approval. An admin sets them, signed in, at /admin/guard.',
    )
    .argument('<connection>', 'the connection’s name')
    .option('--json', 'as JSON on stdout')
    .addHelpText('after', '\nExamples:\n  owlie plan rules Auth0\n  owlie plan rules Auth0 --json')
    .action((name: string, options: JsonOption) => rules(context, name, options))
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

async function rules(context: Context, name: string, options: JsonOption): Promise<void> {
  const api = context.api()
  const { id } = await connectionNamed(api, name)
  const sent = await api.send<{ connection: { approvalRules: Rule[] } }>(RULES, { id })
  const { approvalRules } = sent.connection
  if (options.json) return json(approvalRules)
  if (approvalRules.length === 0) return say('Every operation needs a person’s approval.')
  const rows = approvalRules.map(({ action, most, setBy, setAt }) => [
    ...[action, `${most} a day`, setBy, setAt.slice(0, 10)],
  ])
  table(['ACTION', 'WITHOUT APPROVAL', 'SET BY', 'SET'], rows)
}

async function create(context: Context, name: string, options: CreateOptions): Promise<void> {
  const single = options.file === undefined ? itemOf(options) : null
  const api = context.api()
  const { id } = await connectionNamed(api, name)
  const items = single ? [single] : await itemsOfFile(context, api, id, options)
  if (items === null) return
  const { key = null, reason = null } = options
  const sent = await api.send<{ submitOperation: Operation }>(SUBMIT, { id, items, key, reason })
  const operation = accepted(sent.submitOperation)
  conclude(context, await follow(api, operation.id, context.signal, () => {}), options)
}

/** Null where only a look was wanted. What was read is told either way. */
async function itemsOfFile(
  context: Context,
  api: Api,
  id: string,
  options: CreateOptions,
): Promise<unknown[] | null> {
  const { file: path = '-', action, preview = false, skipBad = false } = options
  if (options.target || options.set)
    throw refuse(
      'config',
      'cli.file',
      '--file brings its own targets and fields.',
      'Leave out --target and --set.',
    )
  const file = await readWishFile(api, id, path, action)
  const failures = problemsOf(file)
  const isRefused = !isUsable(file, skipBad)
  if (isRefused && options.json && !preview) throw new Refused(failures)
  if (options.json && preview) json(file)
  else sayWishFile(file, preview)
  if (!preview && !isRefused) return file.items
  if (failures.length > 0) context.ends(exitCodeOf(failures))
  if (!preview) say('Nothing was submitted. Mend the file, or leave those lines out with --skip-bad.')
  return null
}

function itemOf({ action, target = [], set = [] }: CreateOptions): object {
  if (!action)
    throw refuse('config', 'cli.action', 'No action.', 'Give --action NAME, or --file with wishes.')
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
  // What was so already needs nobody's yes: a script that asks for it twice is right both times.
  if (before.state === 'applied' && before.progress.steps === 0) {
    if (!options.json) say('It was so already; nothing had to be touched.')
    return conclude(context, before, options)
  }
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
