import { Logger, runMigrations } from 'graphile-worker'
import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely'
import pg from 'pg'
import { APP_ROLE } from './app-role.ts'
import { CONNECT_TIMEOUT_MS, connectOwner } from './connect.ts'
import { dbFailure } from './failure.ts'
import { migrate, withMigrationLock } from './migrate.ts'
import type { Tables } from './tables.ts'

declare const tenantBrand: unique symbol
declare const systemBrand: unique symbol

/** A transaction that sees one tenant's rows and no others, acting as a role that owns nothing. */
export type TenantTx = Transaction<Tables> & { readonly [tenantBrand]: true }

/** A transaction of the owner, across tenants: for finding due work and for sign-in, nothing else. */
export type SystemTx = Transaction<Tables> & { readonly [systemBrand]: true }

export interface Database {
  /** Runs `work` in one transaction of the tenant; commits when it resolves, rolls back when it throws. */
  tenant<T>(tenantId: string, work: (trx: TenantTx) => Promise<T>): Promise<T>
  system<T>(work: (trx: SystemTx) => Promise<T>): Promise<T>
  /** The owner's connections: for libraries that bring their own tables. */
  readonly pool: pg.Pool
  close(): Promise<void>
}

export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database`, a user that may create tables (the owner). */
  readonly url: string
  /** Connections of the product; the owner's pool has half as many, at least 4. Default 10. */
  readonly poolSize?: number
  /** Bring the schema up to date first. Default true. */
  readonly migrate?: boolean
  /** A connection of the pool broke while idle; the next use gets a new one. */
  readonly onIdleError?: (error: Error) => void
}

/** A process that hangs or is stopped within a transaction loses it, and with it its locks, after a minute. */
const OWNER_STARTUP = '-c idle_in_transaction_session_timeout=60s'
/** How a connection of the product begins: as the role that owns nothing. */
const APP_STARTUP = `-c role=${APP_ROLE} ${OWNER_STARTUP}`

// Numbers that fit are numbers: counts come as bigint, and no count here passes 2^53.
pg.types.setTypeParser(pg.types.builtins.INT8, Number)

export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  await prepare(options)
  const size = options.poolSize ?? 10
  const appPool = newPool(options, size, APP_STARTUP)
  const pool = newPool(options, Math.max(4, Math.ceil(size / 2)), OWNER_STARTUP)
  const app = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: appPool }) })
  const owner = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  return {
    pool,
    tenant: (tenantId, work) =>
      app.transaction().execute(async (trx) => {
        await enter(trx, tenantId)
        return work(trx as TenantTx)
      }),
    system: (work) => owner.transaction().execute((trx) => work(trx as SystemTx)),
    async close() {
      await app.destroy()
      await owner.destroy()
      // Kysely ends a pool only after it used it itself; the owner's is also used without it.
      for (const each of [appPool, pool]) if (!each.ending) await each.end()
    },
  }
}

function newPool(options: DatabaseOptions, max: number, startup: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.url,
    max,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'owlie',
    options: startup,
  })
  // Without a listener, a connection that breaks while idle would end the process.
  pool.on('error', (error) => options.onIdleError?.(error))
  // The same for one that breaks while it is checked out and no query runs on it.
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}

/** Local to the transaction: a pooled connection carries nothing into its next use. */
async function enter(trx: Transaction<Tables>, tenantId: string): Promise<void> {
  const { rows } = await sql<{ role: string }>`
    select set_config('owlie.tenant_id', ${tenantId}, true), current_user::text as role`.execute(trx)
  if (rows[0]?.role === APP_ROLE) return
  throw dbFailure(
    'config',
    'db.not_app_role',
    `A connection did not begin as ${APP_ROLE}: something between Owlie and PostgreSQL drops its startup options.`,
    'Connect to PostgreSQL directly, or let the connection pooler pass the startup parameter “options” on.',
  )
}

async function prepare(options: DatabaseOptions): Promise<void> {
  const client = await connectOwner(options.url)
  try {
    if (options.migrate === false) return
    await withMigrationLock(client, async () => {
      await migrate(client)
      // The job library's own tables, in schema graphile_worker: `owlie_enqueue` (0005) calls into them.
      await runMigrations({ connectionString: options.url, logger: new Logger(() => () => undefined) })
    })
  } finally {
    await client.end()
  }
}
