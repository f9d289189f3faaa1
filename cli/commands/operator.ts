import type { Command } from 'commander'
import { FAILURE, accepted, type Api } from '../api.ts'
import { refuse } from '../exit.ts'
import { runOnHost } from '../host-command.ts'
import type { Context } from '../program.ts'
import { bold, green, json, plain, say, table, yellow } from '../talk.ts'

interface Operator {
  id: string
  email: string
  name: string
  role: string
  signedInAt: string | null
  secondFactor: boolean
  disabledAt: string | null
  oneTimeUntil: string | null
}

interface Issued {
  operator: Operator
  oneTimePassword: string
}

const OPERATOR = 'id email name role createdAt createdBy signedInAt secondFactor disabledAt oneTimeUntil'
const REFUSED = `... on Refusal { failures { ${FAILURE} } }`
const ISSUED = `... on IssuedPassword { oneTimePassword operator { ${OPERATOR} } } ${REFUSED}`
export const OPERATORS = `query Operators { operators { ${OPERATOR} } }`
export const CREATE_OPERATOR = `mutation CreateOperator($input: CreateOperatorInput!) {
  createOperator(input: $input) { ${ISSUED} } }`
export const SET_ROLE = `mutation SetRole($id: ID!, $role: Role!) {
  setOperatorRole(id: $id, role: $role) { ... on Operator { ${OPERATOR} } ${REFUSED} } }`
export const SET_DISABLED = `mutation SetDisabled($id: ID!, $disabled: Boolean!) {
  setOperatorDisabled(id: $id, disabled: $disabled) { ... on Operator { ${OPERATOR} } ${REFUSED} } }`
export const RESET_PASSWORD = `mutation ResetPassword($id: ID!, $secondFactor: Boolean) {
  resetOperatorPassword(id: $id, secondFactor: $secondFactor) { ${ISSUED} } }`
export const END_SESSIONS = `mutation EndSessions($id: ID!) {
  endOperatorSessions(id: $id) { ... on Operator { ${OPERATOR} } ${REFUSED} } }`
export const REMOVE_OPERATOR = `mutation RemoveOperator($id: ID!) {
  removeOperator(id: $id) { ... on Deleted { id } ${REFUSED} } }`

const scopeNote =
  '\nTakes a key with the scope operators:write, which is no part of *; or --local on the host.\n'

/** `json` is what every verb takes; where `local` is offered it works without a key. */
interface Options {
  json?: true
  local?: true
}

export function operatorCommands(root: Command, context: Context): void {
  const noun = root.command('operator').description('The people who may use Owlie, and what each may do.')
  noun
    .command('list')
    .description('Everybody: role, last sign-in, second factor, whether disabled.')
    .option('--json', 'as JSON on stdout')
    .addHelpText('after', `${scopeNote}\nExamples:\n  owlie operator list\n  owlie operator list --json`)
    .action((options: Options) => list(context, options))
  noun
    .command('create')
    .description('Make one. A one-time password goes to stdout, this one time.')
    .requiredOption('--email <email>', 'what they sign in with')
    .requiredOption('--name <name>', 'the name people know them by')
    .requiredOption('--role <role>', 'admin, auditor or requester')
    .option('--local', 'on the server’s host, without a key')
    .option('--json', 'as JSON on stdout')
    .addHelpText(
      'after',
      `${scopeNote}\nExamples:\n  owlie operator create --email eve@example.com --name Eve --role admin\n` +
        '  owlie operator create --local --email eve@example.com --name Eve --role auditor --json',
    )
    .action((options: Options & NewOperator) => create(context, options))
  noun
    .command('reset-password')
    .description('Sign somebody out everywhere and make a new one-time password for them.')
    .argument('[email]', 'whose; with --local, an admin, and the only one may be left out')
    .option('--second-factor', 'remove the second factor too, when the phone is lost')
    .option('--local', 'on the server’s host, without a key: when no admin gets in any more')
    .option('--json', 'as JSON on stdout')
    .addHelpText(
      'after',
      `${scopeNote}\nExamples:\n  owlie operator reset-password eve@example.com\n` +
        '  owlie operator reset-password --local --second-factor --json',
    )
    .action((email: string | undefined, options: Options & { secondFactor?: true }) =>
      resetPassword(context, email, options),
    )
  changes(noun, context)
}

/** The verbs that change one operator and show them afterwards. */
function changes(noun: Command, context: Context): void {
  const change = (verb: string, description: string, document: string, variables: object, done: string) =>
    noun
      .command(verb)
      .description(description)
      .argument('<email>', 'whose')
      .option('--json', 'as JSON on stdout')
      .addHelpText(
        'after',
        `${scopeNote}\nExamples:\n  owlie operator ${verb} eve@example.com\n  owlie operator ${verb} eve@example.com --json`,
      )
      .action((email: string, options: Options) => apply(context, email, document, variables, done, options))
  change('disable', 'Sign out at once and let in no more; the last admin stays.', SET_DISABLED, { disabled: true }, 'is disabled') // prettier-ignore
  change('enable', 'Let in again.', SET_DISABLED, { disabled: false }, 'may sign in again')
  change('end-sessions', 'Sign out everywhere.', END_SESSIONS, {}, 'is signed out everywhere')
  change('remove', 'Remove for good; what they did stays in the audit.', REMOVE_OPERATOR, {}, 'is removed')
  noun
    .command('set-role')
    .description('Change what somebody may do; signs them out. The last admin stays one.')
    .argument('<email>', 'whose')
    .argument('<role>', 'admin, auditor or requester')
    .option('--json', 'as JSON on stdout')
    .addHelpText(
      'after',
      `${scopeNote}\nExamples:\n  owlie operator set-role eve@example.com admin\n  owlie operator set-role eve@example.com auditor --json`,
    )
    .action((email: string, role: string, options: Options) =>
      apply(context, email, SET_ROLE, { role: checkedRole(role) }, `is ${role} now`, options),
    )
}

async function list(context: Context, options: Options): Promise<void> {
  const operators = await everybody(context.api())
  if (options.json) return json(operators)
  table(
    ['E-MAIL', 'NAME', 'ROLE', 'STATE', 'SECOND FACTOR', 'LAST SIGN-IN'],
    operators.map((each) => [
      each.email,
      each.name,
      each.role,
      each.disabledAt ? 'disabled' : each.oneTimeUntil ? 'one-time password' : 'active',
      each.secondFactor ? 'on' : 'off',
      each.signedInAt ?? 'never',
    ]),
  )
}

interface NewOperator {
  email: string
  name: string
  role: string
}

async function create(context: Context, options: Options & NewOperator): Promise<void> {
  const { email, name } = options
  const role = checkedRole(options.role)
  if (options.local) {
    const args = ['operator', 'create', '--email', email, '--name', name, '--role', role]
    return runOnHost(context, options.json ? [...args, '--json'] : args)
  }
  const input = { email, name, role }
  const sent = await context.api().send<{ createOperator: Issued }>(CREATE_OPERATOR, { input })
  show(accepted(sent.createOperator), options)
}

async function resetPassword(
  context: Context,
  email: string | undefined,
  options: Options & { secondFactor?: true },
): Promise<void> {
  if (options.local) {
    const args = ['operator', 'reset-password', ...(email === undefined ? [] : ['--email', email])]
    if (options.secondFactor) args.push('--second-factor')
    return runOnHost(context, options.json ? [...args, '--json'] : args)
  }
  const api = context.api()
  const { id } = await operatorOf(api, email ?? '')
  const variables = { id, secondFactor: options.secondFactor === true }
  const sent = await api.send<{ resetOperatorPassword: Issued }>(RESET_PASSWORD, variables)
  show(accepted(sent.resetOperatorPassword), options)
}

function show(issued: Issued, options: Options): void {
  if (options.json) return json(issued)
  say(`${green('✓')} ${bold(plain(issued.operator.email))} (${issued.operator.role}).`)
  say(`  ${yellow('Shown only now')}, for one sign-in within a week, to choose one’s own:`)
  process.stdout.write(`${issued.oneTimePassword}\n`)
}

async function apply(
  context: Context,
  email: string,
  document: string,
  variables: object,
  done: string,
  options: Options,
): Promise<void> {
  const api = context.api()
  const { id } = await operatorOf(api, email)
  const sent = await api.send<Record<string, object>>(document, { id, ...variables })
  const changed = accepted(Object.values(sent)[0]!)
  if (options.json) return json(changed)
  say(`${green('✓')} ${bold(plain(email))} ${done}.`)
}

async function everybody(api: Api): Promise<Operator[]> {
  return (await api.send<{ operators: Operator[] }>(OPERATORS)).operators
}

async function operatorOf(api: Api, email: string): Promise<Operator> {
  const found = (await everybody(api)).find((each) => each.email === email.trim().toLowerCase())
  if (found) return found
  const message = `There is no operator with the address ${JSON.stringify(email)}.`
  throw refuse('missing', 'operator.not_found', message, 'See `owlie operator list`.')
}

function checkedRole(role: string): string {
  if (['admin', 'auditor', 'requester'].includes(role)) return role
  throw refuse('config', 'cli.role', 'There is no such role.', 'Use admin, auditor or requester.')
}
