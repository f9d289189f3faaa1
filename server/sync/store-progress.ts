import type { Failure, Json } from '@owlie/connector-kit'
import { sql } from 'kysely'
import type { TenantTx } from '../db/index.ts'
import type { KindEnd, KindRow, RequestCounts, Resumption, RunStatus, SyncForecast } from './sync-run.ts'
import { kindColumns } from './store.ts'

/** What a turn writes. Every statement on a run asks that it is still active; none of them locks anything else first. */

export async function openTurn(
  trx: TenantTx,
  runId: string,
  at: Date,
  resumption: Resumption | null,
): Promise<void> {
  await sql`
    update sync_run set status = 'running', in_turn = true, started_at = coalesce(started_at, ${at}),
      progress_at = coalesce(progress_at, ${at}), waiting_until = null, waiting_reason = null,
      interruptions = interruptions + ${resumption ? 1 : 0}::int,
      resumptions = resumptions || ${JSON.stringify(resumption ? [resumption] : [])}::jsonb
    where id = ${runId} and finished_at is null`.execute(trx)
}

/** Ends a turn that ended by itself; with `wait`, nothing happens before then. */
export async function closeTurn(
  trx: TenantTx,
  runId: string,
  wait: { readonly until: Date; readonly reason: string; readonly isFault: boolean } | null,
): Promise<void> {
  await sql`
    update sync_run set in_turn = false, waiting_until = ${wait?.until ?? null}::timestamptz,
      waiting_reason = ${wait?.reason ?? null}::text,
      parks = parks + ${wait && !wait.isFault ? 1 : 0}::int, faults = faults + ${wait?.isFault ? 1 : 0}::int
    where id = ${runId} and finished_at is null`.execute(trx)
}

/** Says that the run waits at this moment, inside its turn; a turn that has ended says so itself. */
export async function markWaiting(trx: TenantTx, runId: string, until: Date, reason: string): Promise<void> {
  await sql`
    update sync_run set waiting_until = ${until}, waiting_reason = ${reason}
    where id = ${runId} and finished_at is null and in_turn`.execute(trx)
}

/** Says what the run is expected to take, once. */
export async function saveForecast(trx: TenantTx, runId: string, forecast: SyncForecast): Promise<void> {
  await sql`
    update sync_run set forecast = ${JSON.stringify(forecast)}::jsonb
    where id = ${runId} and forecast is null`.execute(trx)
}

export interface Spent {
  readonly requests: RequestCounts
  readonly workedMs: number
}

/** Adds what was spent; with `progressAt`, a page came in. Says whether the run is still active and may go on. */
export async function addSpent(
  trx: TenantTx,
  runId: string,
  { requests, workedMs }: Spent,
  progressAt: Date | null,
): Promise<'active' | 'paused' | 'ended'> {
  const added = JSON.stringify(requests.byRoute)
  const progress = progressAt
    ? sql`, progress_at = ${progressAt}, interruptions = 0, faults = 0, parks = 0,
           waiting_until = null, waiting_reason = null`
    : sql``
  const { rows } = await sql<{ paused: boolean }>`
    update sync_run set worked_ms = worked_ms + ${Math.round(workedMs)}::bigint, requests = jsonb_build_object(
        'total', (requests ->> 'total')::int + ${requests.total}::int,
        'throttled', (requests ->> 'throttled')::int + ${requests.throttled}::int,
        'waitedMs', (requests ->> 'waitedMs')::bigint + ${Math.round(requests.waitedMs)}::bigint,
        'byRoute', (
          select coalesce(jsonb_object_agg(route, count), '{}') from (
            select key as route, sum(value::int) as count from (
              select * from jsonb_each_text(requests -> 'byRoute')
              union all select * from jsonb_each_text(${added}::jsonb)
            ) each group by key
          ) summed)) ${progress}
    where id = ${runId} and finished_at is null returning paused_at is not null as paused`.execute(trx)
  return rows[0] ? (rows[0].paused ? 'paused' : 'active') : 'ended'
}

export interface PageRow {
  readonly runId: string
  readonly kind: string
  readonly sequence: number
  readonly container: string | null
  readonly restart: number
  readonly cursorHash: Buffer | null
  readonly records: number
  readonly quarantined: readonly { readonly id: string | null; readonly reason: string }[]
  readonly at: Date
}

/** False when this list was given the same cursor before; then nothing is stored. */
export async function insertPage(trx: TenantTx, page: PageRow): Promise<boolean> {
  const { rows } = await sql`
    insert into sync_page (run_id, kind, sequence, container, restart, cursor_hash, records, quarantined, at)
    values (${page.runId}, ${page.kind}, ${page.sequence}, ${page.container ?? ''}, ${page.restart},
            ${page.cursorHash}, ${page.records}, ${JSON.stringify(page.quarantined)}::jsonb, ${page.at})
    on conflict (run_id, kind, container, restart, cursor_hash) do nothing returning sequence`.execute(trx)
  return rows.length > 0
}

export async function beginKind(trx: TenantTx, runId: string, kind: string, at: Date): Promise<void> {
  await sql`
    update sync_kind set state = 'running', started_at = ${at}
    where run_id = ${runId} and kind = ${kind} and state = 'pending'`.execute(trx)
}

export async function setContainersTotal(
  trx: TenantTx,
  runId: string,
  kind: string,
  total: number,
): Promise<void> {
  await sql`
    update sync_kind set containers_total = ${total} where run_id = ${runId} and kind = ${kind}`.execute(trx)
}

/** Where a kind goes on, and what to add to its counts. */
export interface Checkpoint {
  readonly cursor: Json
  readonly container: string | null
  readonly withinContainer: boolean
  readonly containerPages: number
  readonly restarts: number
  readonly add: Readonly<Record<(typeof added)[number], number>>
  readonly truncatedWhy: Failure | null
  /** How the list that ended here is known to be whole; null while it has not ended, or is not. */
  readonly proof: string | null
  readonly total: { readonly count: number; readonly exact: boolean } | null
}

const added = [
  'pages',
  'read',
  'created',
  'changed',
  'unchanged',
  'quarantined',
  'nameless',
  'containers_done',
  'containers_vanished',
  'truncations',
] as const

export const nothingAdded: Checkpoint['add'] = {
  pages: 0,
  read: 0,
  created: 0,
  changed: 0,
  unchanged: 0,
  quarantined: 0,
  nameless: 0,
  containers_done: 0,
  containers_vanished: 0,
  truncations: 0,
}

/** Moves a kind on. Returns it as it is now. */
export async function saveCheckpoint(
  trx: TenantTx,
  runId: string,
  kind: string,
  to: Checkpoint,
): Promise<KindRow> {
  const sums = Object.fromEntries(
    added.map((column) => [column, sql<number>`${sql.ref(column)} + ${to.add[column]}::int`]),
  )
  return trx
    .updateTable('sync_kind')
    .set({
      ...sums,
      cursor: JSON.stringify(to.cursor),
      container: to.container,
      within_container: to.withinContainer,
      container_pages: to.containerPages,
      restarts: to.restarts,
      checkpoint_version: sql<number>`checkpoint_version + 1`,
      ...(to.truncatedWhy
        ? { truncated_why: sql<string>`coalesce(truncated_why, ${JSON.stringify(to.truncatedWhy)}::jsonb)` }
        : {}),
      ...(to.proof === null ? {} : { proofs: proofsWith(to.proof) }),
      ...(to.total ? { total: to.total.count, total_exact: to.total.exact } : {}),
    })
    .where('run_id', '=', runId)
    .where('kind', '=', kind)
    .where('state', '=', 'running')
    .returning(kindColumns)
    .executeTakeFirstOrThrow()
}

/** More than this many ways to prove the lists of one kind would be prose, not evidence. */
const mostProofs = 20

function proofsWith(proof: string) {
  const key = proof.slice(0, 300)
  return sql<string>`
    case when proofs ? ${key}::text or (select count(*) from jsonb_object_keys(proofs)) < ${mostProofs}::int
      then jsonb_set(proofs, array[${key}::text], to_jsonb(coalesce((proofs ->> ${key}::text)::int, 0) + 1))
      else proofs end`
}

/** Adds to a kind of an incremental run what objects read one by one have brought. */
export async function addFound(
  trx: TenantTx,
  runId: string,
  kind: string,
  add: Pick<Checkpoint['add'], 'created' | 'changed' | 'unchanged' | 'read' | 'quarantined'>,
): Promise<void> {
  await sql`
    update sync_kind set pages = pages + 1, read = read + ${add.read}::int,
      created = created + ${add.created}::int, changed = changed + ${add.changed}::int,
      unchanged = unchanged + ${add.unchanged}::int, quarantined = quarantined + ${add.quarantined}::int
    where run_id = ${runId} and kind = ${kind} and state = 'running'`.execute(trx)
}

export async function addStale(trx: TenantTx, runId: string, kind: string, stale: number): Promise<void> {
  await sql`
    update sync_kind set stale = stale + ${stale}::int where run_id = ${runId} and kind = ${kind}`.execute(
    trx,
  )
}

/** For a kind without lists of its own. */
export async function proveKind(trx: TenantTx, runId: string, kind: string, proof: string): Promise<void> {
  await sql`
    update sync_kind set proofs = ${proofsWith(proof)} where run_id = ${runId} and kind = ${kind}`.execute(
    trx,
  )
}

/** Requests made while a kind was read, written down with what they brought. */
export async function addRequests(
  trx: TenantTx,
  runId: string,
  kind: string,
  requests: number,
): Promise<void> {
  await sql`
    update sync_kind set requests = requests + ${requests}::int
    where run_id = ${runId} and kind = ${kind}`.execute(trx)
}

/** The permissions the target granted, as the run's first turn with a session found them. */
export async function saveGranted(trx: TenantTx, runId: string, granted: readonly string[]): Promise<void> {
  const scopes = JSON.stringify(granted.toSorted())
  await sql`
    update sync_run set granted = ${scopes}::jsonb
    where id = ${runId} and granted is distinct from ${scopes}::jsonb`.execute(trx)
}

/** Adds to a kind that comes along on the pages of another one: it has no place of its own to go on from. */
export async function addCarried(
  trx: TenantTx,
  runId: string,
  kind: string,
  add: Partial<Checkpoint['add']>,
  truncatedWhy: Failure | null,
): Promise<void> {
  const sums = Object.entries(add).map(
    ([column, more]) => sql`${sql.ref(column)} = ${sql.ref(column)} + ${more}::int`,
  )
  const why = truncatedWhy && JSON.stringify(truncatedWhy)
  await sql`
    update sync_kind set ${sql.join(sums)}, truncated_why = coalesce(truncated_why, ${why}::jsonb)
    where run_id = ${runId} and kind = ${kind} and state <> 'ended'`.execute(trx)
}

export async function findKind(trx: TenantTx, runId: string, kind: string): Promise<KindRow> {
  return trx
    .selectFrom('sync_kind')
    .select(kindColumns)
    .where('run_id', '=', runId)
    .where('kind', '=', kind)
    .executeTakeFirstOrThrow()
}

export interface KindEnding {
  readonly end: KindEnd
  readonly reason: string | null
  readonly failure: Failure | null
}

/** Ends a kind that has not ended. Its counts become exact when they are given. */
export async function endKind(
  trx: TenantTx,
  runId: string,
  kind: string,
  { end, reason, failure }: KindEnding,
  at: Date,
  counts?: { readonly seen: number; readonly created: number; readonly changed: number },
): Promise<void> {
  const exact = counts
    ? sql`, read = ${counts.seen}, created = ${counts.created}, changed = ${counts.changed},
          unchanged = ${Math.max(0, counts.seen - counts.created - counts.changed)}`
    : sql``
  await sql`
    update sync_kind set state = 'ended', "end" = ${end}, reason = ${reason}, ended_at = ${at},
      failure = ${failure && JSON.stringify(failure)}::jsonb, cursor = 'null', within_container = false ${exact}
    where run_id = ${runId} and kind = ${kind} and state <> 'ended'`.execute(trx)
}

/** A kind that was read completely, or was empty, and that the guard does not believe. */
export async function holdKind(trx: TenantTx, runId: string, kind: string, failure: Failure): Promise<void> {
  await sql`
    update sync_kind set "end" = 'held', reason = ${failure.message}, failure = ${JSON.stringify(failure)}::jsonb
    where run_id = ${runId} and kind = ${kind} and state = 'ended'`.execute(trx)
}

/** What was held has been released. */
export async function unholdKind(trx: TenantTx, runId: string, kind: string, stale: number): Promise<void> {
  await sql`
    update sync_kind set "end" = 'complete', reason = null, failure = null, stale = ${stale}
    where run_id = ${runId} and kind = ${kind} and "end" = 'held'`.execute(trx)
}

/** Of a run that has ended. */
export async function setStatus(trx: TenantTx, runId: string, status: RunStatus): Promise<void> {
  await sql`
    update sync_run set status = ${status} where id = ${runId} and finished_at is not null`.execute(trx)
}

export async function setStale(trx: TenantTx, runId: string, kind: string, stale: number): Promise<void> {
  await sql`update sync_kind set stale = ${stale} where run_id = ${runId} and kind = ${kind}`.execute(trx)
}

/** False when it was not active. */
export async function closeRun(
  trx: TenantTx,
  runId: string,
  status: RunStatus,
  failure: Failure | null,
  at: Date,
): Promise<boolean> {
  const { rows } = await sql`
    update sync_run set status = ${status}, failure = ${failure && JSON.stringify(failure)}::jsonb,
      finished_at = ${at}, in_turn = false, waiting_until = null, waiting_reason = null,
      paused_at = null, paused_by = null, paused_version = null
    where id = ${runId} and finished_at is null returning id`.execute(trx)
  return rows.length > 0
}

/** Page by page is kept for the last runs only. */
export async function prunePages(trx: TenantTx, connectionId: string, keep: number): Promise<void> {
  await sql`
    delete from sync_page where run_id in (
      select id from sync_run where connection_id = ${connectionId} and generation <= (
        select max(generation) - ${keep}::int from sync_run where connection_id = ${connectionId})
        and exists (select from sync_page page where page.run_id = sync_run.id))`.execute(trx)
}

/** When a run began to list a kind; null when it has not. */
export async function listedFrom(trx: TenantTx, runId: string, kind: string): Promise<Date | null> {
  const { rows } = await sql<{ at: Date | null }>`
    select coalesce(listed.started_at, run.started_at) as at from sync_run run
    join sync_kind listed on listed.run_id = run.id and listed.kind = ${kind}
    where run.id = ${runId}`.execute(trx)
  return rows[0]?.at ?? null
}

/** Runs that looked at single objects since. */
export async function followedSince(
  trx: TenantTx,
  connectionId: string,
  since: Date,
): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from sync_run
    where connection_id = ${connectionId} and mode = 'incremental' and finished_at > ${since}`.execute(trx)
  return rows.map(({ id }) => id)
}
