import type { Sandbox } from '@owlie/auth0-sandbox'
import { sql } from 'kysely'
import type { Database } from '../../db/index.ts'
import { type Actor, isRefusal } from '../../model/index.ts'
import { ada, type Engine, granted } from './engine.ts'

/** Another tenant with a connection of its own to the same target, read once. Whatever happens, none of it changes. */
export interface Twin {
  readonly tenantId: string
  /** I9: what has changed of it, or can be seen from outside. */
  violations(): Promise<readonly string[]>
}

const eve: Actor = { tenantId: 'twin', id: 'eve', name: 'Eve', kind: 'operator', personId: 'eve' }

export async function settleTwin(engine: Engine, sandbox: Sandbox): Promise<Twin> {
  const { database } = engine
  await database.pool.query('insert into tenant (id, name) values ($1, $2)', [eve.tenantId, 'Twin'])
  const connection = await engine.connect(sandbox.applications.fullPlus, eve)
  const run = granted(await engine.sync.start(eve, connection.id))
  await readWhole(engine, run.id)
  const before = await rowsOf(database)
  return {
    tenantId: eve.tenantId,
    async violations() {
      const now = await rowsOf(database)
      const changed = [...now].filter(([table, rows]) => rows.digest !== before.get(table)?.digest)
      const seen = await Promise.all([...now.keys()].map((table) => seenFrom(database, table)))
      return [
        ...changed.map(([table]) => `I9: rows of another tenant changed in ${table}`),
        ...seen.flat(),
        ...(isRefusal(await engine.sync.start(ada, connection.id))
          ? []
          : [`I9: a connection of another tenant was used`]),
      ]
    },
  }
}

async function readWhole({ sync }: Engine, runId: string): Promise<void> {
  const context = { signal: new AbortController().signal, processId: 'twin', attempt: 1 }
  for (;;) {
    await sync.tasks['sync.turn']!({ tenantId: eve.tenantId, runId }, context)
    const now = (await sync.get(eve.tenantId, runId))!
    if (now.status === 'complete') return
    if (now.finishedAt || now.waiting) throw new Error(`the twin's run is ${now.status}`)
  }
}

/** Per table, where each row lies and which transaction wrote it: any write, even of the same values, changes this. */
async function rowsOf({ pool }: Database): Promise<ReadonlyMap<string, { readonly digest: string }>> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `select table_name as name from information_schema.columns join pg_tables on tablename = table_name
     where column_name = 'tenant_id' and table_schema = 'public' and schemaname = 'public'`,
  )
  const one = ({ name }: { name: string }) =>
    `select '${name}' as name, coalesce(sum(hashtext(ctid::text || xmin::text)), 0)::text || ' ' || count(*) as digest
     from ${name} where tenant_id = '${eve.tenantId}'`
  const { rows } = await pool.query<{ name: string; digest: string }>(tables.map(one).join(' union all '))
  return new Map(rows.map(({ name, digest }) => [name, { digest }]))
}

async function seenFrom({ tenant }: Database, table: string): Promise<readonly string[]> {
  return tenant(ada.tenantId, async (trx) => {
    const { rows } = await sql<{ n: number }>`
      select count(*)::int as n from ${sql.table(table)} where tenant_id = ${eve.tenantId}`.execute(trx)
    return rows[0]!.n === 0 ? [] : [`I9: ${rows[0]!.n} rows of ${table} are visible to another tenant`]
  })
}
