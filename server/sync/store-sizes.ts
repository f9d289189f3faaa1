import type { KindSize } from '@owlie/connector-kit'
import { sql } from 'kysely'
import type { TenantTx } from '../db/index.ts'
import type { Earlier } from './estimate.ts'
import type { Counted } from './forecast.ts'

/** What earlier full runs of a connection have counted; an incremental one only reads what has changed. */

/** Pages and objects of each kind when it last ended complete. */
export async function findEarlier(trx: TenantTx, connectionId: string): Promise<Earlier> {
  const rows = await lastComplete(trx, connectionId)
  return new Map(rows.map(({ kind, pages, read }) => [kind, { pages, read }]))
}

/** The same with the size of each container, as long as the run's pages are kept. */
export async function findSizes(trx: TenantTx, connectionId: string): Promise<Counted> {
  const kinds = await lastComplete(trx, connectionId)
  if (kinds.length === 0) return { sizes: {}, at: null }
  const { rows: containers } = await sql<{ kind: string; sizes: number[] }>`
    select kind, array_agg(size) as sizes from (
      select page.kind, page.container, sum(page.records)::int as size
      from unnest(${kinds.map(({ runId }) => runId)}::uuid[], ${kinds.map(({ kind }) => kind)}::text[]) as last (run_id, kind)
      join sync_page page on page.run_id = last.run_id and page.kind = last.kind
      where page.container <> ''
      group by page.kind, page.container
    ) each group by kind`.execute(trx)
  const perContainer = new Map(containers.map(({ kind, sizes }) => [kind, sizes]))
  const sizes = kinds.map(({ kind, read }): [string, KindSize] => {
    const each = perContainer.get(kind)
    return [kind, each ? { count: read, perContainer: each } : { count: read }]
  })
  const newest = Math.max(...kinds.map(({ at }) => at.getTime()))
  return { sizes: Object.fromEntries(sizes), at: new Date(newest) }
}

interface LastComplete {
  readonly kind: string
  readonly runId: string
  readonly pages: number
  readonly read: number
  readonly at: Date
}

async function lastComplete(trx: TenantTx, connectionId: string): Promise<readonly LastComplete[]> {
  const { rows } = await sql<LastComplete>`
    select distinct on (kind.kind) kind.kind, kind.run_id as "runId", kind.pages, kind.read, run.finished_at as at
    from sync_kind kind join sync_run run on run.id = kind.run_id
    where run.connection_id = ${connectionId} and run.mode = 'full'
      and kind."end" = 'complete' and run.finished_at is not null
      and run.mode = 'full'
    order by kind.kind, run.generation desc`.execute(trx)
  return rows
}
