import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testDatabase, type TestDatabase } from '../test/database.ts'

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

  it('without a tenant sees nothing', async () => {
    await add('a', 5)
    expect(await all('')).toEqual([])
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
    const created = database.tenant('a', (trx) => sql`create table mine (n int)`.execute(trx))
    await expect(created).rejects.toMatchObject({ code: '42501' })
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

describe('the tables as the code knows them', () => {
  it('are the tables there are, column by column', async () => {
    const known = tablesInCode()
    const { rows } = await database.pool.query<{ table: string; columns: string[] }>(`
      select table_name as table, array_agg(column_name::text order by column_name) as columns
      from information_schema.columns where table_schema = 'public' and table_name <> 'secret_of_tenant'
        and is_generated = 'NEVER'
      group by 1`)
    for (const { table, columns } of rows) {
      // Generated columns may be known to the code or not; all others must be, and no more.
      const inCode = known.get(table)?.filter((column) => columns.includes(column))
      if (known.has(table)) expect([table, inCode]).toEqual([table, columns])
    }
    expect([...known.keys()].filter((table) => !rows.some((row) => row.table === table))).toEqual([])
    expect(known.size).toBeGreaterThan(8)
  })
})

/** Table → its columns, as the compiler sees the `Tables` interface. */
function tablesInCode(): Map<string, string[]> {
  const file = fileURLToPath(new URL('./tables.ts', import.meta.url))
  const program = ts.createProgram([file], {
    module: ts.ModuleKind.NodeNext,
    skipLibCheck: true,
    noLib: true,
  })
  const checker = program.getTypeChecker()
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(file)!)!)
  const tables = checker.getDeclaredTypeOfSymbol(exported.find((symbol) => symbol.name === 'Tables')!)
  return new Map(
    tables.getProperties().map((table) => {
      const columns = checker.getTypeOfSymbol(table).getProperties()
      return [table.name, columns.map((column) => column.name).sort()]
    }),
  )
}
