import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { inject } from 'vitest'
import { openDatabase, type Database } from '../db/index.ts'
import { TEMPLATE } from './global-setup.ts'

export interface TestDatabase extends Database {
  /** The owner's address of this clone, for child processes and second connections. */
  readonly url: string
  /** Closes the pools, and drops the clone; fails when something is still connected. */
  close(): Promise<void>
}

const CLOSE_LIMIT_MS = 15_000

/** A fresh database, cloned from the migrated template. Close it in `afterAll`. */
export async function testDatabase(): Promise<TestDatabase> {
  const cluster = inject('databaseUrl')
  const name = `test_${randomBytes(8).toString('hex')}`
  await onCluster(cluster, (client) => clone(client, name))
  const url = new URL(cluster)
  url.pathname = `/${name}`
  const database = await openDatabase({ url: url.href, migrate: false })
  return {
    ...database,
    url: url.href,
    async close() {
      // Waits for its transactions; one that is never ended must fail the test, not hang it.
      const closing = database.close().then(() => true)
      const closed = await Promise.race([closing, sleep(CLOSE_LIMIT_MS, false, { ref: false })])
      await onCluster(cluster, (client) => drop(client, name))
      if (!closed) throw new Error('A transaction of this test never ended.')
    },
  }
}

async function clone(client: pg.Client, name: string): Promise<void> {
  // Two files cloning at once may meet on the template; whoever is second waits for the lock.
  await client.query('select pg_advisory_lock(1)')
  await client.query(`create database ${name} template ${TEMPLATE}`)
}

async function drop(client: pg.Client, name: string): Promise<void> {
  const rows = await leftOpen(client, name)
  await dropForced(client, name)
  if (rows.length > 0) {
    throw new Error(
      `Connections were left open: ${rows.map((row) => row.application_name || 'unnamed').join(', ')}`,
    )
  }
}

/** An autovacuum worker in it belongs to the superuser, whom we may not end; it is done within moments. */
async function dropForced(client: pg.Client, name: string): Promise<void> {
  for (const until = Date.now() + 10_000; ;) {
    try {
      await client.query(`drop database ${name} with (force)`)
      return
    } catch (error) {
      if ((error as { code?: unknown }).code !== '42501' || Date.now() > until) throw error
      await sleep(100)
    }
  }
}

/** A backend goes some milliseconds after its client said goodbye: only what stays was left open. */
async function leftOpen(client: pg.Client, name: string): Promise<readonly { application_name: string }[]> {
  for (const until = Date.now() + 2000; ;) {
    const { rows } = await client.query<{ application_name: string }>(
      `select application_name from pg_stat_activity where datname = $1 and backend_type = 'client backend'`,
      [name],
    )
    if (rows.length === 0 || Date.now() > until) return rows
    await sleep(10)
  }
}

async function onCluster<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
