import type { Json } from '@owlie/connector-kit'
import { type RawBuilder, sql } from 'kysely'
import type { TenantTx } from '../db/index.ts'
import type { Assignment, DesiredObject, Intent, Source, Whose } from './intent.ts'

/** Reading intentions. */

export const assignmentColumns = sql`
  assignment.id, assignment.connection_id, assignment.kind, assignment.identity_id, assignment.wanted,
  assignment.source, assignment.source_id, assignment.actor_name, assignment.reason, assignment.desired_version,
  assignment.applied_version, assignment.since, assignment.applied_at, assignment.entitlement_type,
  assignment.entitlement_external_id, assignment.grant_type, assignment.account_external_id`

export const objectColumns = sql`
  desired_object.id, desired_object.connection_id, desired_object.kind, desired_object.identity_id,
  desired_object.wanted, desired_object.source, desired_object.source_id, desired_object.actor_name,
  desired_object.reason, desired_object.desired_version, desired_object.applied_version, desired_object.since,
  desired_object.applied_at, desired_object.yields, desired_object.entitlement_type, desired_object.external_id,
  desired_object.fields`

interface IntentRow {
  readonly id: string
  readonly connection_id: string
  readonly kind: string
  readonly identity_id: string | null
  readonly wanted: boolean
  readonly source: Source
  readonly source_id: string | null
  readonly actor_name: string
  readonly reason: string | null
  readonly desired_version: number
  readonly applied_version: number
  readonly since: Date
  readonly applied_at: Date | null
}

export interface AssignmentRow extends IntentRow {
  readonly entitlement_type: string
  readonly entitlement_external_id: string
  readonly grant_type: string
  readonly account_external_id: string | null
}

export interface ObjectRow extends IntentRow {
  readonly yields: 'account' | 'entitlement'
  readonly entitlement_type: string | null
  readonly external_id: string | null
  readonly fields: Readonly<Record<string, Json>>
}

export function toAssignment(row: AssignmentRow): Assignment {
  return {
    is: 'grant',
    ...toIntention(row),
    entitlementType: row.entitlement_type,
    entitlement: row.entitlement_external_id,
    grantType: row.grant_type,
    account: row.account_external_id,
  }
}

export function toObject(row: ObjectRow): DesiredObject {
  return {
    is: 'object',
    ...toIntention(row),
    yields: row.yields,
    entitlementType: row.entitlement_type,
    externalId: row.external_id,
    fields: row.fields,
  }
}

function toIntention(row: IntentRow) {
  return {
    id: row.id,
    connectionId: row.connection_id,
    kind: row.kind,
    identityId: row.identity_id,
    wanted: row.wanted,
    source: row.source,
    sourceId: row.source_id,
    actorName: row.actor_name,
    reason: row.reason,
    desiredVersion: row.desired_version,
    appliedVersion: row.applied_version,
    since: row.since,
    appliedAt: row.applied_at,
  }
}

/** The intentions about an account, an entitlement or an identity, or those with the given ids. */
export async function findOf(trx: TenantTx, whose: Whose): Promise<readonly Intent[]> {
  const [grants, objects] = conditions(whose)
  const { rows: held } = await sql<AssignmentRow>`
    select ${assignmentColumns} from assignment where ${grants}
    order by kind, entitlement_external_id, account_external_id, id`.execute(trx)
  const { rows: made } = await sql<ObjectRow>`
    select ${objectColumns} from desired_object where ${objects} order by kind, external_id, id`.execute(trx)
  return [...made.map(toObject), ...held.map(toAssignment)]
}

function conditions(whose: Whose): readonly [RawBuilder<unknown>, RawBuilder<unknown>] {
  if ('account' in whose) {
    const { connectionId, externalId } = whose.account
    return [
      sql`connection_id = ${connectionId} and account_external_id = ${externalId}`,
      sql`connection_id = ${connectionId} and yields = 'account' and external_id = ${externalId}`,
    ]
  }
  if ('entitlement' in whose) {
    const { connectionId, type, externalId } = whose.entitlement
    const about = sql`connection_id = ${connectionId} and entitlement_type = ${type}`
    return [
      sql`${about} and entitlement_external_id = ${externalId}`,
      sql`${about} and yields = 'entitlement' and external_id = ${externalId}`,
    ]
  }
  if ('identityId' in whose) {
    const about = sql`identity_id = ${whose.identityId}`
    return [about, about]
  }
  if ('objects' in whose) {
    const { connectionId, externalIds } = whose.objects
    return [sql`false`, sql`connection_id = ${connectionId} and external_id = any(${externalIds}::text[])`]
  }
  const about = sql`id = any(${whose.ids}::uuid[])`
  return [about, about]
}

/** Kinds whose baseline was taken, and how many intentions there are, of one connection. */
export async function governedKinds(
  trx: TenantTx,
  connectionId: string,
): Promise<readonly { readonly kind: string; readonly since: Date; readonly actorName: string }[]> {
  const rows = await trx
    .selectFrom('governed_kind')
    .select(['kind', 'since', 'actor_name as actorName'])
    .where('connection_id', '=', connectionId)
    .execute()
  return rows
}

/** Wished things by kind: what is compared, and what the share of a mass decision is taken of. */
export async function countByKind(trx: TenantTx, connectionId: string): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ kind: string; count: number }>`
    select kind, count(*)::int as count from assignment
    where connection_id = ${connectionId} and wanted group by kind
    union all
    select kind, count(*)::int from desired_object
    where connection_id = ${connectionId} and wanted group by kind`.execute(trx)
  return new Map(rows.map(({ kind, count }) => [kind, count]))
}
