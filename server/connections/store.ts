import type { Check } from '@owlie/connector-kit'
import { type Selectable, sql } from 'kysely'
import type { Tables, TenantTx } from '../db/index.ts'
import type { ConnectionState, FinishedTestStatus } from '../model/index.ts'
import { rateColumns, type RateSetting } from './check-rate.ts'

export type ConnectionRow = Selectable<Tables['connection']>
export type SecretRow = Selectable<Tables['connection_secret']>

/** Serialises everything that gives a name, so that looking for it first is enough. */
export async function lockNames(trx: TenantTx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('connection-name:' || current_setting('owlie.tenant_id'), 0))`.execute(
    trx,
  )
}

export async function namesInUse(trx: TenantTx, except: string | null): Promise<readonly string[]> {
  let select = trx.selectFrom('connection').select('name')
  if (except) select = select.where('id', '!=', except)
  return (await select.execute()).map((row) => row.name)
}

export interface NewConnection {
  readonly name: string
  readonly connector: string
  readonly config: Readonly<Record<string, string>>
  readonly rate: RateSetting
  readonly state: ConnectionState
  readonly stateReason: string | null
  readonly by: string
}

export async function insertConnection(trx: TenantTx, id: string, row: NewConnection): Promise<void> {
  await trx
    .insertInto('connection')
    .values({
      id,
      name: row.name,
      connector: row.connector,
      config: JSON.stringify(row.config),
      ...rateColumns(row.rate),
      state: row.state,
      state_reason: row.stateReason,
      created_by: row.by,
      updated_by: row.by,
    })
    .execute()
}

/** A person's edit: counts the version up. The caller holds the row's lock. */
export async function updateConnection(
  trx: TenantTx,
  id: string,
  row: Omit<NewConnection, 'connector'>,
): Promise<void> {
  await trx
    .updateTable('connection')
    .set({
      name: row.name,
      config: JSON.stringify(row.config),
      ...rateColumns(row.rate),
      state: row.state,
      state_reason: row.stateReason,
      updated_by: row.by,
      updated_at: sql<Date>`now()`,
      version: sql<number>`version + 1`,
    })
    .where('id', '=', id)
    .execute()
}

/** A test's verdict: no edit, so the version stays and an open form does not conflict. */
export async function setState(
  trx: TenantTx,
  id: string,
  state: ConnectionState,
  stateReason: string | null,
): Promise<void> {
  await trx.updateTable('connection').set({ state, state_reason: stateReason }).where('id', '=', id).execute()
}

export async function deleteConnection(trx: TenantTx, id: string): Promise<void> {
  await trx.deleteFrom('connection').where('id', '=', id).execute()
}

export async function findConnection(
  trx: TenantTx,
  by: { readonly id: string } | { readonly name: string },
  lock = false,
): Promise<ConnectionRow | undefined> {
  let select = trx.selectFrom('connection').selectAll()
  select =
    'id' in by
      ? select.where('id', '=', by.id)
      : select.where(sql<string>`lower(name)`, '=', sql<string>`lower(${by.name})`)
  if (lock) select = select.forUpdate()
  return select.executeTakeFirst()
}

export async function listConnections(trx: TenantTx): Promise<readonly ConnectionRow[]> {
  return trx
    .selectFrom('connection')
    .selectAll()
    .orderBy(sql`lower(name)`)
    .execute()
}

export async function secretsOf(
  trx: TenantTx,
  connectionIds: readonly string[],
): Promise<readonly SecretRow[]> {
  if (connectionIds.length === 0) return []
  return trx
    .selectFrom('connection_secret')
    .selectAll()
    .where('connection_id', 'in', connectionIds)
    .orderBy('field')
    .execute()
}

export async function putSecret(
  trx: TenantTx,
  row: {
    readonly connectionId: string
    readonly field: string
    readonly sealed: string
    readonly version: number
    readonly lastFour: string | null
    readonly publicKey: string | null
    readonly by: string
  },
): Promise<void> {
  const values = {
    sealed: row.sealed,
    version: row.version,
    last_four: row.lastFour,
    public_key: row.publicKey,
    set_by: row.by,
  }
  await trx
    .insertInto('connection_secret')
    .values({ connection_id: row.connectionId, field: row.field, ...values })
    .onConflict((conflict) =>
      conflict.columns(['connection_id', 'field']).doUpdateSet({ ...values, set_at: sql<Date>`now()` }),
    )
    .execute()
}

export async function deleteSecrets(
  trx: TenantTx,
  connectionId: string,
  fields: readonly string[],
): Promise<void> {
  if (fields.length === 0) return
  await trx
    .deleteFrom('connection_secret')
    .where('connection_id', '=', connectionId)
    .where('field', 'in', fields)
    .execute()
}

/** A test as stored. `interrupted`: the process that ran it is gone. */
export type TestRow = Omit<Selectable<Tables['connection_test']>, 'checks'> & {
  readonly checks: readonly Check[]
  readonly interrupted: boolean
}

// Five missed beats; by the database's clock, because the process that asks is not the one that runs it.
const isInterrupted = sql<boolean>`(status = 'running' and alive_at < clock_timestamp() - interval '5 seconds')`

function selectTests(trx: TenantTx) {
  return trx.selectFrom('connection_test').selectAll().select(isInterrupted.as('interrupted'))
}

export interface NewTest {
  readonly id: string
  readonly connectionId: string | null
  readonly connectionVersion: number | null
  readonly connector: string
  readonly configDigest: string
  readonly actorName: string
}

export async function insertTest(
  trx: TenantTx,
  row: NewTest,
): Promise<Selectable<Tables['connection_test']>> {
  return trx
    .insertInto('connection_test')
    .values({
      id: row.id,
      connection_id: row.connectionId,
      connection_version: row.connectionVersion,
      connector: row.connector,
      config_digest: row.configDigest,
      status: 'running',
      summary: 'Running.',
      checks: '[]',
      actor_name: row.actorName,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
}

export async function writeChecks(trx: TenantTx, id: string, checks: readonly Check[]): Promise<void> {
  await trx
    .updateTable('connection_test')
    .set({ checks: JSON.stringify(checks), alive_at: sql<Date>`clock_timestamp()` })
    .where('id', '=', id)
    .where('status', '=', 'running')
    .execute()
}

/** Says "still running" and learns who, if anybody, asked for the end from another process. */
export async function beat(trx: TenantTx, id: string): Promise<string | null> {
  const row = await trx
    .updateTable('connection_test')
    .set({ alive_at: sql<Date>`clock_timestamp()` })
    .where('id', '=', id)
    .where('status', '=', 'running')
    .returning('cancel_requested_by')
    .executeTakeFirst()
  return row?.cancel_requested_by ?? null
}

export async function requestCancel(trx: TenantTx, id: string, by: string): Promise<void> {
  await trx
    .updateTable('connection_test')
    .set({ cancel_requested_by: by })
    .where('id', '=', id)
    .where('status', '=', 'running')
    .execute()
}

/** Whether the test still runs; if so nobody else can end it before this transaction does. */
export async function lockRunningTest(trx: TenantTx, id: string): Promise<boolean> {
  const row = await trx
    .selectFrom('connection_test')
    .select('id')
    .where('id', '=', id)
    .where('status', '=', 'running')
    .forUpdate()
    .executeTakeFirst()
  return row !== undefined
}

/** @returns false when the test is no longer running or was removed with its connection. */
export async function finishTest(
  trx: TenantTx,
  id: string,
  end: {
    readonly status: FinishedTestStatus
    readonly summary: string
    readonly checks: readonly Check[]
    readonly grantedScopes: readonly string[] | null
  },
): Promise<boolean> {
  const result = await trx
    .updateTable('connection_test')
    .set({
      status: end.status,
      summary: end.summary,
      checks: JSON.stringify(end.checks),
      granted_scopes: end.grantedScopes as string[] | null,
      finished_at: sql<Date>`clock_timestamp()`,
    })
    .where('id', '=', id)
    .where('status', '=', 'running')
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

export async function findTest(trx: TenantTx, id: string): Promise<TestRow | undefined> {
  return selectTests(trx).where('id', '=', id).executeTakeFirst()
}

/** A test young enough to vouch for what is saved now. */
export async function findRecentTest(trx: TenantTx, id: string): Promise<TestRow | undefined> {
  return selectTests(trx)
    .where('id', '=', id)
    .where('started_at', '>', sql<Date>`now() - interval '1 day'`)
    .executeTakeFirst()
}

/** Newest first. */
export async function listTests(
  trx: TenantTx,
  connectionId: string,
  first: number,
): Promise<readonly TestRow[]> {
  return selectTests(trx)
    .where('connection_id', '=', connectionId)
    .orderBy('started_at', 'desc')
    .orderBy('id')
    .limit(first)
    .execute()
}

/** The newest test of each connection. */
export async function lastTests(
  trx: TenantTx,
  connectionIds: readonly string[],
): Promise<readonly TestRow[]> {
  if (connectionIds.length === 0) return []
  return selectTests(trx)
    .distinctOn('connection_id')
    .where('connection_id', 'in', connectionIds)
    .orderBy('connection_id')
    .orderBy('started_at', 'desc')
    .orderBy('id')
    .execute()
}

export async function interruptedTests(trx: TenantTx): Promise<readonly TestRow[]> {
  return selectTests(trx).where(isInterrupted).execute()
}

/** The connection's version this test was of; null when it was of anything else. */
export async function testedVersion(trx: TenantTx, id: string): Promise<number | null> {
  const row = await trx
    .selectFrom('connection_test')
    .select('connection_version')
    .where('id', '=', id)
    .executeTakeFirst()
  return row?.connection_version ?? null
}

/** A draft's test becomes part of the history of the connection that was saved from it. */
export async function adoptTest(trx: TenantTx, id: string, connectionId: string): Promise<void> {
  await trx
    .updateTable('connection_test')
    .set({ connection_id: connectionId })
    .where('id', '=', id)
    .where('connection_id', 'is', null)
    .execute()
}

/** Starts of the last minute, oldest first, milliseconds since the epoch, under a lock that lasts until commit. */
export async function recentStarts(
  trx: TenantTx,
): Promise<{ readonly now: number; readonly starts: readonly number[] }> {
  await sql`select pg_advisory_xact_lock(hashtextextended('connection-test:' || current_setting('owlie.tenant_id'), 0))`.execute(
    trx,
  )
  // Asked after the lock: the statement's own time, not the transaction's.
  const { rows } = await sql<{ now: Date; starts: Date[] }>`
    select clock_timestamp()::timestamptz(3) as now,
           coalesce(array_agg(started_at order by started_at), '{}') as starts
    from connection_test where started_at > clock_timestamp() - interval '1 minute'`.execute(trx)
  const row = rows[0]!
  return { now: row.now.getTime(), starts: row.starts.map((start) => start.getTime()) }
}

/** Keeps the newest `keep` tests of a connection, and drafts for a day. */
export async function pruneTests(trx: TenantTx, connectionId: string | null, keep: number): Promise<void> {
  if (connectionId === null) {
    await trx
      .deleteFrom('connection_test')
      .where('connection_id', 'is', null)
      .where('started_at', '<', sql<Date>`now() - interval '1 day'`)
      .execute()
    return
  }
  await sql`
    delete from connection_test where connection_id = ${connectionId} and id not in (
      select id from connection_test where connection_id = ${connectionId}
      order by started_at desc, id limit ${keep})`.execute(trx)
}
