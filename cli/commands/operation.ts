import { type Command, Option } from 'commander'
import { FAILURE, accepted } from '../api.ts'
import { follow, OPERATION, type Operation, operationById, progressLine, sayReceipt } from '../operation.ts'
import type { Context } from '../program.ts'
import { bold, json, plain, say, table } from '../talk.ts'
import { connectionNamed } from './connection.ts'
import { conclude } from './plan.ts'

export const LIST = `query Operations($connectionId: ID, $states: [OperationState!], $first: Int, $after: String) {
  operations(connectionId: $connectionId, states: $states, first: $first, after: $after) { next nodes { ${OPERATION} } } }`
export const CANCEL_OPERATION = `mutation CancelOperation($id: ID!) {
  cancelOperation(id: $id) { ... on Operation { ${OPERATION} } ... on Refusal { failures { ${FAILURE} } } } }`
export const RECOVER = `mutation RecoverOperation($id: ID!, $carryOn: Boolean!) {
  recoverOperation(id: $id, carryOn: $carryOn) {
    ... on Operation { ${OPERATION} } ... on Refusal { failures { ${FAILURE} } } } }`

interface JsonOption {
  json?: true
}

interface ListOptions extends JsonOption {
  state?: string[]
}

const states = [
  ...['planning', 'planned', 'approved', 'applying', 'tried', 'applied'],
  ...['failed', 'refused', 'cancelled'],
]

export function operationCommands(root: Command, context: Context): void {
  const noun = root
    .command('operation')
    .description('What was wished, what became of it, and going on with it.')
  noun
    .command('list')
    .description('The last operations, newest first.')
    .argument('[connection]', 'the connection’s name; without it, of all connections')
    .addOption(
      new Option('--state <state...>', 'only in these states, e.g. planned for those that wait').choices(
        states,
      ),
    )
    .option('--json', 'as JSON on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  owlie operation list Auth0 --json\n  owlie operation list --state planned tried',
    )
    .action((name: string | undefined, options: ListOptions) => list(context, name, options))
  noun
    .command('show')
    .description('One operation: each step, what became of it, and whether it was read back.')
    .argument('<operation>', 'its id')
    .option('--json', 'as JSON on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  owlie operation show OPERATION_ID\n  owlie operation show OPERATION_ID --json',
    )
    .action(async (id: string, options: JsonOption) => {
      const operation = await operationById(context.api(), id)
      if (options.json) return json(operation)
      say(
        `${bold(plain(operation.title))} on ${plain(operation.connection.name)}, by ${plain(operation.actor)}`,
      )
      sayReceipt(operation)
    })
  noun
    .command('cancel')
    .description('Stop after the step in hand. What was done stays; what was not begun is no longer wished.')
    .argument('<operation>', 'its id')
    .option('--json', 'as JSON on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  owlie operation cancel OPERATION_ID\n  owlie operation cancel OPERATION_ID --json',
    )
    .action(async (id: string, options: JsonOption) => {
      const sent = await context.api().send<{ cancelOperation: Operation }>(CANCEL_OPERATION, { id })
      const operation = accepted(sent.cancelOperation)
      if (options.json) json(operation)
      else say(operation.state === 'cancelled' ? 'Cancelled.' : 'It stops after the step in hand.')
    })
  for (const { verb, description, carryOn } of ways)
    noun
      .command(verb)
      .description(description)
      .argument('<operation>', 'its id')
      .option('--json', 'as JSON on stdout')
      .addHelpText(
        'after',
        `\nExamples:\n  owlie operation ${verb} OPERATION_ID\n  owlie operation ${verb} OPERATION_ID --json`,
      )
      .action((id: string, options: JsonOption) => recover(context, id, carryOn, options))
}

const ways = [
  {
    verb: 'recover',
    carryOn: false,
    description:
      'Plan what is left of one that ended short, from what is there now; shown before it is applied.',
  },
  {
    verb: 'retry',
    carryOn: true,
    description: 'Plan what is left and do it at once, if nothing in it is new.',
  },
] as const

async function list(context: Context, name: string | undefined, options: ListOptions): Promise<void> {
  const api = context.api()
  const connectionId = name === undefined ? null : (await connectionNamed(api, name)).id
  const sent = await api.send<{ operations: { nodes: Operation[] } }>(LIST, {
    connectionId,
    states: options.state ?? null,
    first: 50,
    after: null,
  })
  const { nodes } = sent.operations
  if (options.json) return json(nodes)
  if (nodes.length === 0) return say(`There are no operations${options.state ? ' like this' : ''}.`)
  const rows = nodes.map(({ id, title, state, progress, createdAt, connection }) => [
    ...[id, connection.name, state, `${progress.done}/${progress.steps}`],
    ...[createdAt.slice(0, 16).replace('T', ' '), title],
  ])
  table(['ID', 'CONNECTION', 'STATE', 'STEPS', 'CREATED', 'WHAT'], rows)
}

async function recover(context: Context, id: string, carryOn: boolean, options: JsonOption): Promise<void> {
  const api = context.api()
  const sent = await api.send<{ recoverOperation: Operation }>(RECOVER, { id, carryOn })
  accepted(sent.recoverOperation)
  const after = await follow(api, id, context.signal, (now) => {
    if (!options.json) say(progressLine(now))
  })
  conclude(context, after, options)
}
