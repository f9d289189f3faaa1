import { parseArgs } from 'node:util'
import { type Failure, FailureError } from '@owlie/connector-kit'
import { createApp, defaultTenant } from './app.ts'
import { readConfig } from './config.ts'
import { openData } from './data.ts'
import { createLog } from './log.ts'
import { isRefusal } from './model/index.ts'

/**
 * Commands for the server's own host, without a session: who may read the data directory or knows DATABASE_URL already
 * holds everything. They work beside a running server. The key goes to standard output, talk to standard error.
 * Exit codes: 0 done, 1 failed, 64 usage.
 */
const usage = `Usage: node server/local.ts api-key create --name NAME --scopes "SCOPE …" [--expires-in-days N] [--json]

  node server/local.ts api-key create --name ci --scopes "*"
  node server/local.ts api-key create --name export --scopes "connections:read inventory:read" --expires-in-days 90 --json
`

interface Command {
  readonly name: string
  readonly scopes: readonly string[]
  readonly expiresInDays: number | null
  readonly json: boolean
}

const command = readCommand()
if (typeof command === 'string') {
  process.stderr.write(`${command}\n\n${usage}`)
  process.exit(64)
}
try {
  process.exit(await createKey(command))
} catch (error) {
  if (!(error instanceof FailureError)) throw error
  process.exit(refused([error.failure], command))
}

async function createKey(command: Command): Promise<number> {
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
      const by = {
        kind: 'system',
        id: 'local',
        name: 'Command on the host',
        tenantId: defaultTenant,
      } as const
      const created = await app.operators.createApiKey(by, command)
      if (isRefusal(created)) return refused(created.refused, command)
      const { apiKey, key } = created
      if (command.json) process.stdout.write(`${JSON.stringify({ key: key.reveal(), apiKey })}\n`)
      else {
        process.stderr.write(`Made the API key ${JSON.stringify(apiKey.name)}. It is shown only now:\n`)
        process.stdout.write(`${key.reveal()}\n`)
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
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        name: { type: 'string' },
        scopes: { type: 'string' },
        'expires-in-days': { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    })
    if (positionals.join(' ') !== 'api-key create') return 'There is one command here: api-key create.'
    const { name, scopes, json } = values
    if (name === undefined || scopes === undefined) return '--name and --scopes are needed.'
    const days = values['expires-in-days']
    const expiresInDays = days === undefined ? null : Number(days)
    return { name, scopes: scopes.split(/\s+/).filter(Boolean), expiresInDays, json }
  } catch (error) {
    return (error as Error).message
  }
}

function refused(failures: readonly Failure[], { json }: Command): number {
  if (json) process.stdout.write(`${JSON.stringify({ failures })}\n`)
  for (const { message, remedy } of failures) process.stderr.write(`${message}\n  ${remedy}\n`)
  return failures[0]?.kind === 'config' ? 64 : 1
}
