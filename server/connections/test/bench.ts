import { randomBytes } from 'node:crypto'
import { auth0 } from '@owlie/connector-auth0'
import { type Application, type Sandbox, type SandboxOptions, startSandbox } from '@owlie/auth0-sandbox'
import { type Connector, Secret, systemClock, type Clock } from '@owlie/connector-kit'
import { type Actor, isRefusal, type Refusal } from '../../model/index.ts'
import { createKeyring } from '../../secrets/index.ts'
import { testDatabase } from '../../test/database.ts'
import { type Connection, type Connections, type ConnectionTest, createConnections } from '../index.ts'

export const ada: Actor = { tenantId: 'default', id: 'ada', name: 'Ada', kind: 'operator' }
export const eve: Actor = { tenantId: 'other', id: 'eve', name: 'Eve', kind: 'operator' }

export interface Bench {
  readonly database: Awaited<ReturnType<typeof testDatabase>>
  readonly sandbox: Sandbox
  readonly connections: Connections
  readonly defects: unknown[]
  /** A second server on the same database and keys. */
  another(more?: { connectors?: readonly Connector[]; clock?: Clock }): Connections
  close(): Promise<void>
}

/** A real database, a real sandbox tenant and the real connector; `connectors` come beside it. */
export async function openBench(
  options: { sandbox?: SandboxOptions; connectors?: readonly Connector[] } = {},
): Promise<Bench> {
  const [database, sandbox] = await Promise.all([
    testDatabase(),
    startSandbox({ users: 30, roles: 4, organizations: 4, ...options.sandbox }),
  ])
  const keyring = createKeyring([{ kid: 'k1', key: randomBytes(32) }])
  const defects: unknown[] = []
  const opened: Connections[] = []
  const another: Bench['another'] = (more = {}) => {
    const list = [auth0, ...(more.connectors ?? options.connectors ?? [])]
    const connections = createConnections({
      database,
      keyring,
      connectors: new Map(list.map((connector) => [connector.manifest.name, connector])),
      hostPolicy: { extra: [sandbox.domain] },
      ca: [sandbox.caPem],
      clock: more.clock ?? systemClock,
      onDefect: (error) => defects.push(error),
    })
    opened.push(connections)
    return connections
  }
  const connections = another()
  return {
    database,
    sandbox,
    connections,
    defects,
    another,
    async close() {
      await Promise.all(opened.map((each) => each.close()))
      await Promise.all([database.close(), sandbox.close()])
    },
  }
}

/** What an admin would type for this application. */
export function typed(bench: Pick<Bench, 'sandbox'>, application: Application) {
  return {
    connector: 'auth0',
    config: {
      domain: bench.sandbox.domain,
      clientId: application.clientId,
      scopes: application.scopes.join(' ') || 'read:users',
    },
    secrets: { clientSecret: new Secret(application.clientSecret) },
  }
}

/** The value, or an error that shows why it was refused. */
export function granted<T extends object>(value: T | Refusal): T {
  if (isRefusal(value)) throw new Error(`refused: ${JSON.stringify(value.refused)}`)
  return value
}

/** The codes of a refusal, with their fields; fails when nothing was refused. */
export function refusals(value: object): readonly (readonly [string | undefined, string])[] {
  if (!isRefusal(value)) throw new Error('it was not refused')
  return value.refused.map((failure) => [failure.field, failure.code])
}

/** Waits until the test has ended and gives it as everybody sees it. */
export async function ended(connections: Connections, tenantId: string, id: string): Promise<ConnectionTest> {
  for (const until = Date.now() + 20_000; Date.now() < until;) {
    const test = await connections.getTest(tenantId, id)
    if (test && test.status !== 'running') return test
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error('the test did not end')
}

export async function created(bench: Bench, name: string, application: Application): Promise<Connection> {
  return granted(await bench.connections.create(ada, { name, ...typed(bench, application) }))
}

/** Every row of every table of the product, as text, read past row security. */
export async function everyRow(database: Bench['database']): Promise<string> {
  const { rows: tables } = await database.pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`,
  )
  const texts: string[] = []
  for (const { name } of tables) {
    const { rows } = await database.pool.query<{ text: string }>(`select t::text as text from ${name} t`)
    texts.push(...rows.map((row) => `${name} ${row.text}`))
  }
  return texts.join('\n')
}
