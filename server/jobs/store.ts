import { sql } from 'kysely'
import type { SystemTx, TenantTx } from '../db/index.ts'

/** Not seen for this long is dead, even when its connection still stands (a stopped process, a lost machine). */
const unseenMs = 15_000

export async function tenantIds(trx: SystemTx): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`select id from tenant order by id`.execute(trx)
  return rows.map((row) => row.id)
}

export interface ProcessRow {
  readonly id: string
  readonly pool: string
  readonly lockKey: string
}

export async function seen(trx: SystemTx, row: ProcessRow): Promise<void> {
  await sql`
    insert into worker_process (id, pool, lock_key) values (${row.id}, ${row.pool}, ${row.lockKey}::bigint)
    on conflict (id) do update set pool = excluded.pool, lock_key = excluded.lock_key, seen_at = now()`.execute(
    trx,
  )
}

/** True for the one process whose turn it is to sweep. Nobody waits for one that was stopped in the middle of its turn. */
export async function takeTurn(trx: SystemTx, everyMs: number): Promise<boolean> {
  const { rows } = await sql`
    update worker_sweep set swept_at = clock_timestamp()
    where only_row = (
      select only_row from worker_sweep
      where swept_at <= clock_timestamp() - make_interval(secs => ${everyMs / 1000}) for update skip locked)
    returning only_row`.execute(trx)
  return rows.length > 0
}

/** Processes that ended without a word: their lock is free, or they were not seen for long. */
export async function deadProcesses(trx: SystemTx, self: string): Promise<readonly ProcessRow[]> {
  const { rows } = await sql<ProcessRow & { dead: boolean }>`
    select id, pool, lock_key::text as "lockKey",
           case when seen_at < now() - make_interval(secs => ${unseenMs / 1000}) then true
                else pg_try_advisory_xact_lock(lock_key) end as dead
    from worker_process where id <> ${self}`.execute(trx)
  return rows.filter((row) => row.dead)
}

export async function freeLeases(trx: TenantTx, owners: readonly string[]): Promise<void> {
  await sql`
    update lease set owner = null, expires_at = clock_timestamp()
    where owner = any(${owners as string[]}::text[])`.execute(trx)
}

export async function buryProcesses(trx: SystemTx, rows: readonly ProcessRow[]): Promise<void> {
  const pools = rows.map((row) => row.pool)
  const ids = rows.map((row) => row.id)
  await unlockJobs(trx, pools)
  await sql`delete from worker_process where id = any(${ids}::text[])`.execute(trx)
}

/** Jobs locked by worker pools that are no more can be taken again. */
export async function unlockJobs(trx: SystemTx, pools: readonly string[]): Promise<void> {
  await sql`select graphile_worker.force_unlock_workers(${pools as string[]}::text[])`.execute(trx)
}
