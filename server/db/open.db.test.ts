import { randomBytes } from 'node:crypto'
import { FailureError } from '@owlie/connector-kit'
import { sql } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { testDatabase, type TestDatabase } from '../test/database.ts'
import { refuseOldVersion } from './connect.ts'
import { openDatabase } from './index.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await testDatabase()
  await database.pool.query(`create table secret_of_tenant (tenant_id text not null, n int not null);
    call owlie_tenant_table('secret_of_tenant')`)
})

afterAll(() => database.close())

const add = (tenant: string, n: number) =>
  database.tenant(tenant, (trx) => sql`insert into secret_of_tenant (n) values (${n})`.execute(trx))
const all = async (tenant: string) =>
  database.tenant(tenant, async (trx) => {
    const { rows } = await sql<{ n: number }>`select n from secret_of_tenant order by n`.execute(trx)
    return rows.map((row) => row.n)
  })

describe('a tenant transaction', () => {
  it('sees and writes its own tenant only', async () => {
    await add('a', 1)
    await add('b', 2)
    expect(await all('a')).toEqual([1])
    expect(await all('b')).toEqual([2])
    await database.tenant('a', (trx) => sql`update secret_of_tenant set n = 100`.execute(trx))
    await database.tenant('a', (trx) => sql`delete from secret_of_tenant where n = 2`.execute(trx))
    expect(await all('b')).toEqual([2])
  })

  it('cannot write a row of another tenant', async () => {
    const smuggled = database.tenant('a', (trx) =>
      sql`insert into secret_of_tenant (tenant_id, n) values ('b', 3)`.execute(trx),
    )
    await expect(smuggled).rejects.toMatchObject({ code: '42501' })
  })

  it('without a tenant sees nothing and writes nothing', async () => {
    await add('a', 5)
    expect(await all('')).toEqual([])
    await expect(add('', 6)).rejects.toMatchObject({ code: '42501' })
  })

  it('is what a connection of the product needs: outside of one there is no tenant, and no row', async () => {
    const client = new pg.Client({ connectionString: database.url, options: '-c role=owlie_app' })
    await client.connect()
    try {
      await add('a', 8)
      expect((await client.query('select from secret_of_tenant')).rowCount).toBe(0)
      await expect(client.query('insert into secret_of_tenant (n) values (9)')).rejects.toMatchObject({
        code: '42704',
      })
      await client.query(`begin; select set_config('owlie.tenant_id', 'a', true); commit`)
      expect((await client.query('select from secret_of_tenant')).rowCount).toBe(0)
    } finally {
      await client.end()
    }
  })

  it('leaves nothing of its tenant on the connection it used', async () => {
    const settings = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        database.tenant(`t${index}`, async (trx) => {
          await sql`select pg_sleep(0.005)`.execute(trx)
          const { rows } = await sql<{
            tenant: string
          }>`select current_setting('owlie.tenant_id') as tenant`.execute(trx)
          return rows[0]!.tenant
        }),
      ),
    )
    expect(settings).toEqual(Array.from({ length: 30 }, (_, index) => `t${index}`))
  })

  it('acts as a role that owns nothing and bypasses nothing', async () => {
    const role = await database.tenant('a', async (trx) => {
      const { rows } = await sql<Record<string, unknown>>`
        select current_user::text as name, rolsuper, rolbypassrls, rolcreaterole,
          (select count(*)::int from pg_class where relowner = pg_roles.oid) as owned
        from pg_roles where rolname = current_user`.execute(trx)
      return rows[0]
    })
    expect(role).toEqual({
      name: 'owlie_app',
      rolsuper: false,
      rolbypassrls: false,
      rolcreaterole: false,
      owned: 0,
    })
    const forbidden = [
      'create table mine (n int)',
      'alter table secret_of_tenant disable row level security',
      'drop policy tenant on secret_of_tenant',
      'truncate secret_of_tenant',
      'select from owlie_migration',
      `select from auth."user"`,
    ]
    for (const text of forbidden) {
      const tried = database.tenant('a', (trx) => sql.raw(text).execute(trx))
      await expect(tried, text).rejects.toMatchObject({ code: '42501' })
    }
    const unfiltered = database.tenant('a', async (trx) => {
      await sql`set local row_security = off`.execute(trx)
      await sql`select from secret_of_tenant`.execute(trx)
    })
    await expect(unfiltered).rejects.toMatchObject({ code: '42501' })
  })

  it('rolls back as a whole', async () => {
    const before = await all('a')
    const failing = database.tenant('a', async (trx) => {
      await sql`insert into secret_of_tenant (n) values (77)`.execute(trx)
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(await all('a')).toEqual(before)
  })
})

describe('every table of a tenant', () => {
  it('has forced row-level security and the tenant policy', async () => {
    const { rows } = await database.pool.query<{ name: string; forced: boolean; policies: string[] }>(`
      select c.relname as name, c.relrowsecurity and c.relforcerowsecurity as forced,
        array(select polname::text from pg_policy where polrelid = c.oid order by 1) as policies
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
      where c.relkind in ('r', 'p') and n.nspname = 'public'`)
    expect(rows.length).toBeGreaterThan(8)
    for (const row of rows)
      expect(row).toMatchObject({ forced: true, policies: expect.arrayContaining(['tenant']) })
  })

  it('and no other table is open to the product, but the list of tenants', async () => {
    const { rows } = await database.pool.query<{ name: string }>(`
      select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'v', 'm') and n.nspname = 'public'
        and has_table_privilege('owlie_app', c.oid, 'select')
        and not exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id')
        and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')`)
    expect(rows.map((row) => row.name)).toEqual([])
  })
})

describe('opening a database says what is wrong with it', () => {
  const password = 'canary-9d2e'
  const addressOf = (change: Partial<URL>) => Object.assign(new URL(database.url), change).href
  const codeOf = async (opening: Promise<unknown>) => {
    const error = await opening.then(
      () => null,
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(FailureError)
    expect(JSON.stringify((error as FailureError).failure)).not.toContain(password)
    return (error as FailureError).failure.code
  }

  it('a password that is not taken, a database that is not there, a server that is not there', async () => {
    expect(await codeOf(openDatabase({ url: addressOf({ password }) }))).toBe('db.sign_in_refused')
    expect(await codeOf(openDatabase({ url: addressOf({ pathname: '/no_such' }) }))).toBe(
      'db.no_such_database',
    )
    expect(await codeOf(openDatabase({ url: addressOf({ password, port: '1' }) }))).toBe('db.unreachable')
  })

  it('a version that is too old', () => {
    expect(() => refuseOldVersion(14)).toThrow('PostgreSQL 14 is too old')
    expect(() => refuseOldVersion(15)).not.toThrow()
  })

  it('a user that may neither act as the product’s role nor make it', async () => {
    const name = `weak_${randomBytes(4).toString('hex')}`
    const url = addressOf({ username: name, password, pathname: `/${name}` })
    const administrator = new pg.Client({ connectionString: inject('superuserUrl') })
    await administrator.connect()
    try {
      await administrator.query(`create role ${name} login password '${password}'`)
      // Only a superuser may give to whom it is not a member of.
      await administrator.query(`grant ${name} to current_user`)
      await administrator.query(`create database ${name} owner ${name}`)
      expect(await codeOf(openDatabase({ url }))).toBe('db.no_app_role')
      await administrator.query(`grant owlie_app to ${name}`)
      const opened = await openDatabase({ url })
      const rows = await opened.tenant('default', (trx) => trx.selectFrom('connection').selectAll().execute())
      expect(rows).toEqual([])
      await opened.close()
    } finally {
      await administrator.query(`drop database if exists ${name} with (force)`)
      await administrator.query(`drop role if exists ${name}`)
      await administrator.end()
    }
  })
})
