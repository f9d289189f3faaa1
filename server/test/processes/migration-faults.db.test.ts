import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest'
import { migrations } from '../../db/migrate.ts'
import { type TestDatabase, testDatabase } from '../database.ts'
import { drawFrom } from './draw.ts'
import { sendOut } from './send-out.ts'

/** Processes killed while they bring a schema up to date, start after start. */

vi.setConfig({ testTimeout: 200_000 })

const seed = Number(process.env['OWLIE_TEST_SEED'] ?? Date.now() % 1_000_000)
const draw = drawFrom(seed)
const name = `faults_${randomBytes(6).toString('hex')}`
const url = () => Object.assign(new URL(inject('databaseUrl')), { pathname: `/${name}` }).href

let unbroken: TestDatabase
let client: pg.Client

beforeAll(async () => {
  unbroken = await testDatabase()
  await onCluster(`create database ${name}`)
  client = new pg.Client(url())
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await onCluster(`drop database ${name} with (force)`)
  await unbroken.close()
})

async function onCluster(statement: string): Promise<void> {
  const cluster = new pg.Client(inject('databaseUrl'))
  await cluster.connect()
  await cluster.query(statement).finally(() => cluster.end())
}

/** Everything a dump of the schema would tell, a line each, and what was recorded. */
const schemaOf = async (of: Pick<pg.Client, 'query'>): Promise<readonly string[]> => {
  const { rows } = await of.query<{ line: string }>(
    `with ours as (select oid, nspname from pg_namespace where nspname in ('public', 'graphile_worker')),
     class as (select c.*, nspname from pg_class c join ours on ours.oid = relnamespace)
     select format('%s %s.%s acl %s rls %s %s', relkind, nspname, relname, relacl, relrowsecurity, relforcerowsecurity)
       as line from class where relkind in ('r', 'v', 'S', 'i')
     union all select format('column %s.%s %s %s null %s default %s', nspname, relname, attname,
         format_type(atttypid, atttypmod), not attnotnull, pg_get_expr(adbin, adrelid))
       from pg_attribute a join class on class.oid = attrelid left join pg_attrdef d on adrelid = attrelid and adnum = attnum
       where relkind in ('r', 'v') and attnum > 0 and not attisdropped
     union all select format('constraint %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(c.oid))
       from pg_constraint c join ours on ours.oid = connamespace
     union all select pg_get_indexdef(indexrelid) from pg_index join class on class.oid = indexrelid
     union all select pg_get_triggerdef(t.oid) from pg_trigger t join class on class.oid = tgrelid where not tgisinternal
     union all select format('policy %s %s %s %s %s', tablename, policyname, roles, qual, with_check) from pg_policies
     union all select format('%s acl %s', pg_get_functiondef(p.oid), proacl) from pg_proc p join ours on ours.oid = pronamespace
       where prokind in ('f', 'p') and not exists (select from pg_depend d where d.objid = p.oid and deptype = 'e')
     union all select format('type %s %s', t.typname, typtype) from pg_type t join ours on ours.oid = typnamespace
     union all select format('applied %s %s', name, checksum) from owlie_migration
     union all select format('applied %s %s', id, breaking) from graphile_worker.migrations
     union all select format('tenant %s', id) from tenant
     order by 1`,
  )
  return rows.map(({ line }) => line)
}

async function applied(): Promise<readonly string[]> {
  // Whoever holds the lock is still being undone.
  await vi.waitUntil(async () => {
    const { rowCount } = await client.query(
      `select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
         and backend_type = 'client backend'`,
    )
    return rowCount === 0
  })
  const { rows } = await client.query<{ there: boolean }>(
    `select to_regclass('owlie_migration') is not null as there`,
  )
  if (!rows[0]!.there) return []
  return (await client.query<{ name: string }>('select name from owlie_migration')).rows.map(
    (row) => row.name,
  )
}

test(`F06: SIGKILL inside each migration (seed ${seed}): the old schema or the new one, and a start ends it alone`, async () => {
  const all = migrations().map((migration) => migration.name)
  const hit = new Set<string>()
  let done: readonly string[] = []
  let lives = 0
  // Each life comes a write further than the last, from the handshake on; after one that has ended a migration the next
  // is killed a little earlier.
  for (let write = draw.between(4, 8); ; lives++) {
    const ended = await sendOut({ url: url(), does: 'migrate', arm: { write, isSent: draw.chance(0.5) } })
    const now = await applied()
    expect(now).toEqual(all.slice(0, now.length))
    const isFurther = now.length > done.length
    const left = all[now.length]
    if (ended !== null) break
    if (left !== undefined) hit.add(left)
    write += left === undefined ? draw.between(4, 16) : isFurther ? -draw.between(0, 1) : draw.between(1, 2)
    done = now
  }
  expect(all.filter((each) => !hit.has(each))).toEqual([])
  expect(lives).toBeGreaterThan(all.length)
  expect(await schemaOf(client)).toEqual(await schemaOf(unbroken.pool as unknown as pg.Client))
})
