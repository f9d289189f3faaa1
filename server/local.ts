import { parseArgs } from 'node:util'
import { type Failure, FailureError } from '@owlie/connector-kit'
import { createApp, defaultTenant } from './app.ts'
import { readConfig } from './config.ts'
import { openData } from './data.ts'
import { createLog } from './log.ts'
import { isRefusal, type Refusal } from './model/index.ts'
import type { Operators } from './operators/index.ts'

/**
 * Commands for the server's own host, without a session: who may read the data directory or knows DATABASE_URL already
 * holds everything. They work beside a running server. What was made goes to standard output, talk to standard error.
 * Exit codes: 0 done, 1 failed, 64 usage.
 */
const usage = `Usage: node server/local.ts COMMAND [--json]

  api-key create --name NAME --scopes "SCOPE …" [--expires-in-days N]
  operator create --email EMAIL --name NAME --role admin|auditor|requester
  operator reset-password [--email EMAIL] [--second-factor]
      a new one-time password for an admin, when no admin gets in any more

  node server/local.ts api-key create --name ci --scopes "*"
  node server/local.ts operator reset-password --email admin@example.com --second-factor
`

const options = {
  name: { type: 'string' },
  scopes: { type: 'string' },
  'expires-in-days': { type: 'string' },
  email: { type: 'string' },
  role: { type: 'string' },
  'second-factor': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const

const by = { kind: 'system', id: 'local', name: 'Command on the host', tenantId: defaultTenant } as const

/** What a command made: the one value that is shown only now, what to say beside it, and the whole for programs. */
interface Made {
  readonly shownOnce: string
  readonly words: string
  readonly whole: object
}

interface Command {
  readonly json: boolean
  run(operators: Operators): Promise<Made | Refusal>
}

const command = readCommand()
if (typeof command === 'string') {
  process.stderr.write(`${command}\n\n${usage}`)
  process.exit(64)
}
try {
  process.exit(await runCommand(command))
} catch (error) {
  if (!(error instanceof FailureError)) throw error
  process.exit(refused([error.failure], command))
}

async function runCommand(command: Command): Promise<number> {
  const config = readConfig(process.env)
  if ('failures' in config) return refused(config.failures, command)
  const data = await openData(config)
  if ('failures' in data) return refused(data.failures, command)
  try {
    const app = await createApp({
      databaseUrl: data.databaseUrl.reveal(),
      masterKeys: data.masterKeys,
      baseUrl: new URL(config.baseUrl ?? 'http://localhost'),
      extraHosts: config.auth0Hosts,
      roles: [],
      consoleDirectory: '',
      version: '',
      log: createLog('silent'),
    })
    try {
      const made = await command.run(app.operators)
      if (isRefusal(made)) return refused(made.refused, command)
      if (command.json) process.stdout.write(`${JSON.stringify(made.whole)}\n`)
      else {
        process.stderr.write(`${made.words}\n`)
        process.stdout.write(`${made.shownOnce}\n`)
      }
      return 0
    } finally {
      await app.stop()
    }
  } finally {
    await data.release()
  }
}

/** The command, or what is wrong with it. */
function readCommand(): Command | string {
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options })
    const named = positionals.join(' ')
    const table = commandTable()
    const read = Object.hasOwn(table, named) ? table[named] : undefined
    if (!read) return `There is no command ${JSON.stringify(named)} here.`
    const run = read(values)
    return typeof run === 'string' ? run : { json: values.json, run }
  } catch (error) {
    return (error as Error).message
  }
}

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>['values']

function commandTable(): Readonly<Record<string, (values: Values) => Command['run'] | string>> {
  return {
    'api-key create': ({ name, scopes, 'expires-in-days': days }) =>
      name === undefined || scopes === undefined
        ? '--name and --scopes are needed.'
        : (operators) => createKey(operators, name, scopes, days),
    'operator create': ({ name, email, role }) =>
      name === undefined || email === undefined || !isRole(role)
        ? '--email, --name and --role are needed; the roles are admin, auditor and requester.'
        : (operators) => createOperator(operators, { name, email, role }),
    'operator reset-password':
      ({ email, 'second-factor': secondFactorToo }) =>
      (operators) =>
        recover(operators, email ?? null, secondFactorToo === true),
  }
}

async function createKey(
  operators: Operators,
  name: string,
  scopes: string,
  days: string | undefined,
): Promise<Made | Refusal> {
  const expiresInDays = days === undefined ? null : Number(days)
  const wanted = { name, scopes: scopes.split(/\s+/).filter(Boolean), expiresInDays }
  const made = await operators.createApiKey(by, wanted)
  if (isRefusal(made)) return made
  const { apiKey } = made
  const key = made.key.reveal()
  const words = `Made the API key ${JSON.stringify(apiKey.name)}. It is shown only now:`
  return { shownOnce: key, words, whole: { key, apiKey } }
}

async function createOperator(
  operators: Operators,
  input: { readonly name: string; readonly email: string; readonly role: 'admin' | 'auditor' | 'requester' },
): Promise<Made | Refusal> {
  const made = await operators.createOperator(by, input)
  if (isRefusal(made)) return made
  const { id, email } = made
  return oneTime({ id, email }, made.generatedPassword!.reveal(), `Made the ${input.role} ${email}.`)
}

async function recover(
  operators: Operators,
  email: string | null,
  secondFactorToo: boolean,
): Promise<Made | Refusal> {
  const made = await operators.recoverAdmin(by, { email, secondFactorToo })
  if (isRefusal(made)) return made
  const { operator, oneTimePassword } = made
  const words = `${operator.email} is signed out everywhere${secondFactorToo ? ', without a second factor,' : ''} and has a new password.`
  return oneTime({ id: operator.id, email: operator.email }, oneTimePassword.reveal(), words)
}

function oneTime(
  operator: { readonly id: string; readonly email: string },
  password: string,
  done: string,
): Made {
  const words = `${done} It is for one sign-in within a week, to choose one's own, and is shown only now:`
  return { shownOnce: password, words, whole: { operator, oneTimePassword: password } }
}

function isRole(role: string | undefined): role is 'admin' | 'auditor' | 'requester' {
  return role === 'admin' || role === 'auditor' || role === 'requester'
}

function refused(failures: readonly Failure[], { json }: Pick<Command, 'json'>): number {
  if (json) process.stdout.write(`${JSON.stringify({ failures })}\n`)
  for (const { message, remedy } of failures) process.stderr.write(`${message}\n  ${remedy}\n`)
  return failures[0]?.kind === 'config' ? 64 : 1
}
