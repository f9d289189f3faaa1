import type { Sandbox } from '@owlie/auth0-sandbox'
import { verify } from '../../audit/index.ts'
import type { Database } from '../../db/index.ts'
import type { InventoryRecord } from '../../inventory/index.ts'
import { difference, sandboxTruth } from '../sandbox-truth.ts'
import { ada, type Engine } from './engine.ts'
import type { KeptStep } from './judge-case.ts'

/** What a reader sees of a run in one statement, so in one snapshot. */
export interface Sight {
  readonly status: string
  readonly isOver: boolean
  readonly pages: number
  readonly token: number
  /** Objects marked as missed by this run. */
  readonly marked: number
  readonly waiting: boolean
}

export async function lookAt({ pool }: Database, runId: string): Promise<Sight> {
  const { rows } = await pool.query<Sight>(
    `select r.status, r.finished_at is not null as "isOver", r.waiting_until is not null as waiting,
       (select coalesce(sum(pages), 0)::int from sync_kind where run_id = r.id) as pages,
       coalesce((select token from lease where resource = 'sync:' || r.connection_id), 0) as token,
       ((select count(*) from account where missed_first_run = r.id)
         + (select count(*) from entitlement where missed_first_run = r.id)
         + (select count(*) from access_grant where missed_first_run = r.id))::int as marked
     from sync_run r where r.id = $1`,
    [runId],
  )
  return rows[0]!
}

/** I10: nothing goes down, and a generation is seen whole or not at all. Pure. */
export function compareSights(before: Sight | null, now: Sight): readonly string[] {
  return [
    ...(!now.isOver && now.marked > 0 ? [`I10: ${now.marked} marked while the run still reads`] : []),
    ...(before && now.pages < before.pages ? [`I10: pages went from ${before.pages} to ${now.pages}`] : []),
    ...(before && now.token < before.token ? [`I10: the lease's token went down`] : []),
    ...(before?.isOver && !now.isOver
      ? [`I8: a run that had ended (${before.status}) is ${now.status}`]
      : []),
  ]
}

/** I1: all that is stored against all that is there, record by record. */
export async function compareMirror(
  { inventory }: Pick<Engine, 'inventory'>,
  sandbox: Sandbox,
  connectionId: string,
): Promise<readonly string[]> {
  const all: InventoryRecord[] = []
  for (let after: string | null = null; ;) {
    const page = await inventory.records(ada.tenantId, connectionId, { first: 1000, after })
    all.push(...page.records)
    after = page.next
    if (after === null) break
  }
  const stored = JSON.parse(JSON.stringify(all)) as Record<string, unknown>[]
  const { missing, unexpected } = difference(stored, sandboxTruth(sandbox))
  return [
    ...missing.map((record) => `I1: not stored: ${record.slice(0, 200)}`),
    ...unexpected.map((record) => `I1: stored, and not there: ${record.slice(0, 200)}`),
  ]
}

/** I5 and the books of a run that has ended: each page once, each event once, nothing left open. */
export async function auditRun({ pool, tenant }: Database, runId: string): Promise<readonly string[]> {
  const wrong: string[] = []
  const { rows: kinds } = await pool.query<Record<string, number | string>>(
    `select k.kind, k.state, k.pages, k.read, k.created + k.changed + k.unchanged as counted,
       count(p.sequence)::int as kept, coalesce(max(p.sequence), 0)::int as last
     from sync_kind k left join sync_page p on p.run_id = k.run_id and p.kind = k.kind
     where k.run_id = $1 group by k.run_id, k.kind`,
    [runId],
  )
  for (const { kind, state, pages, read, counted, kept, last } of kinds) {
    if (state !== 'ended') wrong.push(`I8: kind ${kind} is ${state} in a run that has ended`)
    if (pages !== kept || pages !== last)
      wrong.push(`I10: ${kind} counts ${pages} pages, keeps ${kept} to ${last}`)
    if (read !== counted) wrong.push(`I1: ${kind} read ${read} and accounts for ${counted}`)
  }
  const { rows: events } = await pool.query<{ action: string; n: number }>(
    'select action, count(*)::int as n from audit_event where subject_id = $1 group by action',
    [runId],
  )
  for (const action of ['sync_run.started', 'sync_run.ended']) {
    const n = events.find((event) => event.action === action)?.n ?? 0
    if (n !== 1) wrong.push(`I5: ${n} events ${action} for one run`)
  }
  return [...wrong, ...(await verifyChain({ tenant }))]
}

export async function verifyChain({ tenant }: Pick<Database, 'tenant'>): Promise<readonly string[]> {
  const verdict = await tenant(ada.tenantId, (trx) => verify(trx))
  return verdict.ok ? [] : [`I5: ${verdict.broken.message}`]
}

/** I8: with everything quiet, nobody holds a lease and no run or job is open. */
export async function openEnds({ pool }: Database): Promise<readonly string[]> {
  const { rows } = await pool.query<{ what: string }>(
    `select 'run ' || id as what from sync_run where finished_at is null
     union all select 'lease ' || resource from lease where owner is not null
     union all select 'page kept of ' || run_id from observation_page
     union all select 'job ' || j.id from graphile_worker._private_jobs j where locked_at is not null`,
  )
  return rows.map(({ what }) => `I8: left open: ${what}`)
}

export async function countStale({ pool }: Database): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    `select ((select count(stale_since) from account) + (select count(stale_since) from entitlement)
       + (select count(stale_since) from access_grant))::int as n`,
  )
  return rows[0]!.n
}

/** I7: what no table may hold. */
export async function findSecrets(
  { pool }: Database,
  secrets: readonly string[],
): Promise<readonly string[]> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`,
  )
  const found: string[] = []
  for (const { name } of tables) {
    const { rows } = await pool.query<{ n: number }>(
      `select count(*)::int as n from ${name} t where exists (
         select from unnest($1::text[]) as s where position(s in t::text) > 0)`,
      [secrets],
    )
    if (rows[0]!.n > 0) found.push(`I7: a secret stands in ${rows[0]!.n} rows of ${name}`)
  }
  return found
}

/** All steps of an operation's plans, for the comparison with what the target says was written (I2, I3). */
export async function stepsOf({ pool }: Database, operationId: string): Promise<readonly KeptStep[]> {
  const { rows } = await pool.query<
    Omit<KeptStep, 'units'> & { body: Pick<KeptStep, 'target' | 'input' | 'differences' | 'units'> }
  >(
    `select s.action, s.change_id as "changeId", s.state, s.plan_number as plan, s.body,
       p.approved_at is not null as "isApproved"
     from operation_step s join operation_plan p on p.operation_id = s.operation_id and p.number = s.plan_number
     where s.operation_id = $1 order by s.plan_number, s.position`,
    [operationId],
  )
  return rows.map(({ body, ...row }) => ({ ...row, ...body }))
}
