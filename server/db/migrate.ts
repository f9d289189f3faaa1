import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Client } from 'pg'

export interface Migration {
  readonly name: string
  readonly sql: string
  readonly checksum: string
}

/** Any 64-bit number will do, as long as every Owlie uses the same. */
const MIGRATION_LOCK = 7_236_914_205_811_441

const folder = fileURLToPath(new URL('./migrations/', import.meta.url))

/** The numbered files, in order. A number used twice is a defect of the source tree and is refused. */
export function migrations(from: string = folder): readonly Migration[] {
  const names = readdirSync(from)
    .filter((name) => name.endsWith('.sql'))
    .sort()
  const numbers = names.map((name) => name.slice(0, 4))
  const twice = numbers.find((number, index) => numbers.indexOf(number) !== index)
  if (twice !== undefined) throw new Error(`Two migrations have the number ${twice}.`)
  return names.map((name) => {
    const sql = readFileSync(`${from}${name}`, 'utf8')
    return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
  })
}

/**
 * Brings the schema up to date as the owner. Forward only, each file in one transaction with its record, under an
 * advisory lock so that two starting processes do it once. A file that changed after it was applied is refused.
 */
export async function migrate(
  client: Client,
  wanted: readonly Migration[] = migrations(),
): Promise<string[]> {
  await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
  try {
    await makeAppRole(client)
    await client.query(`create table if not exists owlie_migration (
      name text primary key, checksum text not null, applied_at timestamptz not null default now())`)
    const { rows } = await client.query<{ name: string; checksum: string }>(
      'select name, checksum from owlie_migration',
    )
    const applied = new Map(rows.map((row) => [row.name, row.checksum]))
    refuseChanged(wanted, applied)
    const due = wanted.filter(({ name }) => !applied.has(name))
    for (const migration of due) await apply(client, migration)
    return due.map(({ name }) => name)
  } finally {
    await client.query('select pg_advisory_unlock($1)', [MIGRATION_LOCK])
  }
}

function refuseChanged(wanted: readonly Migration[], applied: ReadonlyMap<string, string>): void {
  const known = new Map(wanted.map(({ name, checksum }) => [name, checksum]))
  for (const [name, checksum] of applied) {
    if (known.get(name) === checksum) continue
    const what = known.has(name) ? 'has changed since it was applied' : 'is not part of this version'
    throw new Error(
      `Migration ${name} ${what}. This database belongs to another version of Owlie: start that version, or restore a backup.`,
    )
  }
}

async function apply(client: Client, migration: Migration): Promise<void> {
  await client.query('begin')
  try {
    await client.query(migration.sql)
    await client.query('insert into owlie_migration (name, checksum) values ($1, $2)', [
      migration.name,
      migration.checksum,
    ])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw new Error(`Migration ${migration.name} failed; nothing of it was applied.`, { cause: error })
  }
}

/** The role the product acts as: owns nothing, bypasses nothing. */
async function makeAppRole(client: Client): Promise<void> {
  try {
    await client.query(`do $$ begin
      if not exists (select from pg_roles where rolname = 'owlie_app') then
        create role owlie_app nologin nosuperuser nobypassrls;
      end if;
      if not pg_has_role(current_user, 'owlie_app', 'set') then
        execute format('grant owlie_app to %I', current_user);
      end if;
    end $$`)
  } catch (error) {
    // Two clusters' worth of test databases may race here; the role exists either way.
    const { rows } = await client.query(`select pg_has_role(current_user, 'owlie_app', 'member') as member`)
    if ((rows[0] as { member?: boolean } | undefined)?.member === true) return
    throw new Error(
      'The database user may not create the role owlie_app. Ask the database administrator for: ' +
        'create role owlie_app nologin; grant owlie_app to <the user of DATABASE_URL>;',
      { cause: error },
    )
  }
}
