import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Client } from 'pg'
import { prepareAppRole } from './app-role.ts'
import { dbFailure } from './failure.ts'

export interface Migration {
  readonly name: string
  readonly sql: string
  readonly checksum: string
}

/** Any 64-bit number will do, as long as every Owlie uses the same. */
const MIGRATION_LOCK = 7_236_914_205_811_441
const LOCK_WAIT = '10min'
const NAME = /^\d{4}_[a-z0-9_]+\.sql$/

const folder = fileURLToPath(new URL('./migrations/', import.meta.url))

/** The numbered files, in order. A number used twice, or a name of another form, is a defect of the source tree. */
export function migrations(from: string = folder): readonly Migration[] {
  const names = readdirSync(from)
    .filter((name) => name.endsWith('.sql'))
    .sort()
  const odd = names.find((name) => !NAME.test(name))
  if (odd !== undefined) throw new Error(`${odd} is not named like 0001_what_it_does.sql.`)
  const numbers = names.map((name) => name.slice(0, 4))
  const twice = numbers.find((number, index) => numbers.indexOf(number) !== index)
  if (twice !== undefined) throw new Error(`Two migrations have the number ${twice}.`)
  return names.map((name) => {
    // A checkout on Windows may have other line ends; the migration is the same.
    const sql = readFileSync(`${from}${name}`, 'utf8').replaceAll('\r\n', '\n')
    return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
  })
}

/**
 * Brings the schema up to date as the owner; returns the names of what it applied. Forward only, each file in one
 * transaction with its record, under an advisory lock so that of two starting processes the second finds it done. A
 * file that changed after it was applied, or that this version does not have, is refused before anything is touched.
 */
export async function migrate(
  client: Client,
  wanted: readonly Migration[] = migrations(),
): Promise<readonly string[]> {
  return withMigrationLock(client, async () => {
    await prepareAppRole(client)
    await client.query(`create table if not exists owlie_migration (
      name text primary key, checksum text not null, applied_at timestamptz not null default now())`)
    const { rows } = await client.query<{ name: string; checksum: string }>(
      'select name, checksum from owlie_migration order by name',
    )
    refuseOther(wanted, rows)
    const applied = new Set(rows.map(({ name }) => name))
    const due = wanted.filter(({ name }) => !applied.has(name))
    for (const migration of due) await apply(client, migration)
    return due.map(({ name }) => name)
  })
}

/** One process at a time changes the schema. The lock is the session's: when its process is killed, it is free. */
export async function withMigrationLock<T>(client: Client, work: () => Promise<T>): Promise<T> {
  await noticeDeath(client)
  await client.query(`set lock_timeout = '${LOCK_WAIT}'`)
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
  } catch (error) {
    if ((error as { code?: string }).code !== '55P03') throw error
    throw dbFailure(
      'unavailable',
      'db.migration_locked',
      'Another process has been changing the schema of this database for ten minutes.',
      'Let it finish, or end it: what it had not finished is undone. Then start again.',
      error,
    )
  }
  await client.query('set lock_timeout = 0')
  try {
    return await work()
  } finally {
    // When this fails the connection is gone, and the lock with it; the first error is the one to tell.
    await client.query('select pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => undefined)
  }
}

/** A server looks for its client only when it has something to say; a long statement would outlive a killed one. */
async function noticeDeath(client: Client): Promise<void> {
  try {
    await client.query(`set client_connection_check_interval = '1s'`)
  } catch (error) {
    // Not every system a server runs on can look.
    if ((error as { code?: string }).code !== '22023') throw error
  }
}

function refuseOther(
  wanted: readonly Migration[],
  applied: readonly { readonly name: string; readonly checksum: string }[],
): void {
  const known = new Map(wanted.map(({ name, checksum }) => [name, checksum]))
  for (const { name, checksum } of applied) {
    if (known.get(name) === checksum) continue
    const changed = known.has(name)
    throw dbFailure(
      'config',
      changed ? 'db.migration_changed' : 'db.migration_unknown',
      `Migration ${name} ${changed ? 'has changed since it was applied' : 'is not part of this version'}.`,
      'This database belongs to another version of Owlie: start that version, or restore a backup made with this one.',
    )
  }
}

async function apply(client: Client, migration: Migration): Promise<void> {
  try {
    await client.query('begin')
    await client.query(migration.sql)
    await client.query('insert into owlie_migration (name, checksum) values ($1, $2)', [
      migration.name,
      migration.checksum,
    ])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw failed(migration.name, error)
  }
}

function failed(name: string, error: unknown) {
  const { code, message } = error as { code?: string; message?: string }
  const said = `Migration ${name} failed, nothing of it was applied: ${message ?? String(error)}`
  if (code === '42501') {
    return dbFailure(
      'config',
      'db.not_allowed',
      said,
      'The user of DATABASE_URL must own the database: alter database "<database>" owner to "<user>";',
      error,
    )
  }
  return dbFailure('defect', 'db.migration_failed', said, 'Start the version before, and report this.', error)
}
