import { sql } from 'kysely'
import type { SystemTx, TenantTx } from '../db/index.ts'
import type { Strikes } from './back-off.ts'
import type { Role } from './permissions.ts'

export interface OperatorRow {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly role: Role
  readonly createdAt: Date
  /** Null for those made before this was kept. */
  readonly createdBy: string | null
  readonly signedInAt: Date | null
  /** Set: may not sign in. */
  readonly disabledAt: Date | null
  /** Set: has a password that was made up here and must be changed at the first sign-in, before this time. */
  readonly oneTimeUntil: Date | null
  /** From then on counts as one of two people. */
  readonly countsFrom: Date
}

/** An operator as an admin sees them. */
export interface PersonRow extends OperatorRow {
  readonly secondFactor: boolean
}

const operatorColumns = [
  ...(['id', 'email', 'name', 'role', 'created_at as createdAt', 'created_by as createdBy'] as const),
  ...(['signed_in_at as signedInAt', 'disabled_at as disabledAt', 'one_time_until as oneTimeUntil'] as const),
  'counts_from as countsFrom',
] as const

/** Said in every statement, because these also run as the owner, whom row-level security does not limit. */
const ours = sql<boolean>`tenant_id = current_setting('owlie.tenant_id')`

export async function findOperator(trx: TenantTx, id: string): Promise<OperatorRow | undefined> {
  return trx
    .selectFrom('operator')
    .select(operatorColumns)
    .where(ours)
    .where('id', '=', id)
    .executeTakeFirst()
}

export async function readOperators(trx: TenantTx): Promise<readonly OperatorRow[]> {
  return trx.selectFrom('operator').select(operatorColumns).where(ours).orderBy('email').execute()
}

/** With what only the sign-in tables know; by e-mail address. */
export async function readPeople(trx: TenantTx & SystemTx): Promise<readonly PersonRow[]> {
  const operators = await readOperators(trx)
  const { rows } = await sql<{ id: string }>`
    select id from auth."user" where "twoFactorEnabled" and id = any(${operators.map(({ id }) => id)}::text[])`.execute(
    trx,
  )
  const withFactor = new Set(rows.map(({ id }) => id))
  return operators.map((row) => ({ ...row, secondFactor: withFactor.has(row.id) }))
}

type NewOperatorRow = Pick<
  OperatorRow,
  'id' | 'email' | 'name' | 'role' | 'createdBy' | 'oneTimeUntil' | 'countsFrom'
>

export async function insertOperator(trx: TenantTx, row: NewOperatorRow): Promise<void> {
  const { id, email, name, role } = row
  await trx
    .insertInto('operator')
    .values({
      ...{ id, email, name, role, created_by: row.createdBy },
      ...{ one_time_until: row.oneTimeUntil, counts_from: row.countsFrom },
    })
    .execute()
}

/** Null: enabled again. */
export async function markDisabled(trx: TenantTx, id: string, at: Date | null): Promise<void> {
  await trx.updateTable('operator').set({ disabled_at: at }).where(ours).where('id', '=', id).execute()
}

/** Null: the password is the operator's own. */
export async function markOneTime(trx: TenantTx, id: string, until: Date | null): Promise<void> {
  await trx.updateTable('operator').set({ one_time_until: until }).where(ours).where('id', '=', id).execute()
}

export async function markCountsFrom(trx: TenantTx, id: string, at: Date): Promise<void> {
  await trx.updateTable('operator').set({ counts_from: at }).where(ours).where('id', '=', id).execute()
}

export async function markSignedIn(trx: TenantTx, id: string): Promise<void> {
  await trx
    .updateTable('operator')
    .set({ signed_in_at: sql<Date>`now()` })
    .where(ours)
    .where('id', '=', id)
    .execute()
}

/** The authenticator app and the backup codes of this person count no more. */
export async function deleteSecondFactor(trx: SystemTx, userId: string): Promise<void> {
  await sql`delete from auth."twoFactor" where "userId" = ${userId}`.execute(trx)
  await sql`update auth."user" set "twoFactorEnabled" = false where id = ${userId}`.execute(trx)
}

export async function updateRole(trx: TenantTx, id: string, role: Role): Promise<void> {
  await trx.updateTable('operator').set({ role }).where(ours).where('id', '=', id).execute()
}

export async function deleteOperator(trx: TenantTx, id: string): Promise<void> {
  await trx.deleteFrom('operator').where(ours).where('id', '=', id).execute()
}

/** Locks the admins who may sign in, so that two of them cannot remove each other at the same moment. */
export async function lockAdmins(trx: TenantTx): Promise<readonly string[]> {
  const admins = trx
    .selectFrom('operator')
    .select('id')
    .where(ours)
    .where('role', '=', 'admin')
    .where('disabled_at', 'is', null)
  return (await admins.orderBy('id').forUpdate().execute()).map((row) => row.id)
}

/** Sessions of this operator end at once. */
export async function endSessions(trx: SystemTx, userId: string): Promise<void> {
  await sql`delete from auth.session where "userId" = ${userId}`.execute(trx)
}

export async function deleteUser(trx: SystemTx, userId: string): Promise<void> {
  await sql`delete from auth."user" where id = ${userId}`.execute(trx)
}

export async function findUser(
  trx: SystemTx,
  email: string,
): Promise<{ readonly id: string; readonly name: string; readonly tenantId: string } | undefined> {
  const { rows } = await sql<{ id: string; name: string; tenantId: string }>`
    select id, name, "tenantId" from auth."user" where email = ${email.trim().toLowerCase()}`.execute(trx)
  return rows[0]
}

/** One process at a time makes the first admin. */
export async function lockFirstStart(trx: SystemTx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('owlie.first_start', 0))`.execute(trx)
}

export interface KeyRow {
  readonly id: string
  readonly name: string
  readonly start: string
  readonly permissions: string | null
  readonly metadata: string | null
  readonly createdAt: Date
  readonly expiresAt: Date | null
  readonly lastUsedAt: Date | null
}

export async function readKeys(trx: SystemTx, tenantId: string): Promise<readonly KeyRow[]> {
  const { rows } = await sql<KeyRow>`
    select id, coalesce(name, '') as name, coalesce(start, '') as start, permissions, metadata,
           "createdAt", "expiresAt", "lastRequest" as "lastUsedAt"
    from auth.apikey where "referenceId" = ${tenantId} and ("expiresAt" is null or "expiresAt" > now())
    order by "createdAt" desc, id`.execute(trx)
  return rows
}

/** Returns whether there was such a key. */
export async function deleteKey(trx: SystemTx, tenantId: string, id: string): Promise<boolean> {
  const { rows } = await sql`
    delete from auth.apikey where id = ${id} and "referenceId" = ${tenantId} returning id`.execute(trx)
  return rows.length > 0
}

export async function expireKey(trx: SystemTx, tenantId: string, id: string, at: Date): Promise<void> {
  await sql`
    update auth.apikey set "expiresAt" = least("expiresAt", ${at}::timestamptz), "updatedAt" = now()
    where id = ${id} and "referenceId" = ${tenantId}`.execute(trx)
}

/** The guard's rows for these keys, created where absent and locked until the transaction ends. */
export async function lockStrikes(
  trx: SystemTx,
  keys: readonly string[],
): Promise<ReadonlyMap<string, Strikes>> {
  const sorted = [...keys].sort()
  await sql`
    insert into auth.sign_in_guard (key, failures, not_before, touched_at)
    select key, 0, 'epoch', 'epoch' from unnest(${sorted}::text[]) as key order by key
    on conflict do nothing`.execute(trx)
  const { rows } = await sql<{ key: string; failures: number; not_before: Date; touched_at: Date }>`
    select key, failures, not_before, touched_at from auth.sign_in_guard
    where key = any(${sorted}::text[]) order by key for update`.execute(trx)
  return new Map(
    rows.map((row) => [
      row.key,
      { failures: row.failures, notBefore: row.not_before.getTime(), touchedAt: row.touched_at.getTime() },
    ]),
  )
}

export async function writeStrikes(trx: SystemTx, strikes: ReadonlyMap<string, Strikes>): Promise<void> {
  for (const [key, { failures, notBefore, touchedAt }] of strikes) {
    await sql`
      insert into auth.sign_in_guard as stored (key, failures, not_before, touched_at)
      values (${key}, ${failures}, ${new Date(notBefore)}, ${new Date(touchedAt)})
      on conflict (key) do update set failures = excluded.failures, not_before = excluded.not_before,
        touched_at = excluded.touched_at`.execute(trx)
  }
}

/** Forgets what no decision looks at any more. */
export async function dropOldStrikes(trx: SystemTx, before: Date): Promise<void> {
  await sql`delete from auth.sign_in_guard where touched_at < ${before}`.execute(trx)
}
