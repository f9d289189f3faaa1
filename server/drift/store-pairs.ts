import type { ObjectKind } from '@owlie/connector-kit'
import { type RawBuilder, sql } from 'kysely'
import { type TenantTx, withHashJoins } from '../db/index.ts'
import { believedSql } from '../inventory/index.ts'
import type { Decision, DriftState, DriftType, Fields, OpenDrift, Pair } from './drift.ts'

/**
 * What is beside what ought to be, for a whole kind at once. Only pairs that may disagree leave the database: what
 * agrees and has no drift costs no row. The last word is `judge`'s.
 */

export interface PairsOf {
  readonly connectionId: string
  readonly kind: ObjectKind
  readonly isGoverned: boolean
  readonly ignoredFields: readonly string[]
}

/** The place after a pair, in the order of the lists below. */
export type Place = readonly [entitlement: string, account: string, grantType: string]

const tables = { account: 'account', entitlement: 'entitlement', grant: 'access_grant' } as const

/** Pairs that may disagree and have no drift yet, in a fixed order. */
export function candidates(
  trx: TenantTx,
  of: PairsOf,
  after: Place | null,
  limit: number,
): Promise<readonly Pair[]> {
  const place = after ? sql`and (entitlement, account, grant_type) > (${sql.join(after)})` : sql``
  return withHashJoins(trx, async () => {
    const { rows } = await sql<PairRow>`
      with pair as (${pairs(of)})
      select pair.* from pair
      where (wanted or present) and ${disagrees(of)} ${place} and not exists (
        select from drift where drift.connection_id = ${of.connectionId} and drift.kind = ${of.kind.name}
          and drift.closed_at is null and drift.entitlement_external_id = pair.entitlement
          and drift.account_external_id = pair.account and drift.grant_type = pair.grant_type)
      order by entitlement, account, grant_type limit ${limit}`.execute(trx)
    return rows.map((row) => toPair(row, of.kind))
  })
}

/** How many there are, for the guard: without drift yet, by type. */
export function countCandidates(trx: TenantTx, of: PairsOf): Promise<Readonly<Record<DriftType, number>>> {
  return withHashJoins(trx, async () => {
    const { rows } = await sql<Record<DriftType, number>>`
      with pair as (${pairs(of)})
      select count(*) filter (where wanted and not present)::int as missing,
             count(*) filter (where present and not wanted)::int as excess,
             count(*) filter (where present and wanted)::int as different
      from pair where (wanted or present) and ${disagrees(of)} and not exists (
        select from drift where drift.connection_id = ${of.connectionId} and drift.kind = ${of.kind.name}
          and drift.closed_at is null and drift.entitlement_external_id = pair.entitlement
          and drift.account_external_id = pair.account and drift.grant_type = pair.grant_type)`.execute(trx)
    return rows[0]!
  })
}

/** Drift that is not over, locked, with the pair it is about, by id. `ids`: only these. */
export function openPairs(
  trx: TenantTx,
  of: PairsOf,
  {
    after,
    limit,
    ids,
  }: { readonly after?: string | null; readonly limit: number; readonly ids?: readonly string[] },
): Promise<readonly { readonly drift: OpenDrift; readonly pair: Pair }[]> {
  const only = ids ? sql`and drift.id = any(${ids}::uuid[])` : sql``
  const place = after ? sql`and drift.id > ${after}` : sql``
  return withHashJoins(trx, async () => {
    const { rows } = await sql<PairRow & DriftRow>`
      with listed as (
        select drift.id as drift_id, drift.type, drift.observed as drift_observed, drift.intended as drift_intended,
          drift.intent_id as drift_intent_id, drift.intent_version as drift_intent_version, drift.state,
          drift.policy, drift.policy_by, drift.held_reason,
          coalesce((select by_policy from drift_decision where drift_decision.drift_id = drift.id
            and undone_at is null order by at desc, drift_decision.id limit 1), true) as by_policy,
          drift.entitlement_external_id as of_entitlement, drift.account_external_id as of_account,
          drift.grant_type as of_grant_type, drift.entitlement_type as of_entitlement_type
        from drift where drift.connection_id = ${of.connectionId} and drift.kind = ${of.kind.name}
          and drift.closed_at is null ${only} ${place}
        order by drift.id limit ${limit} for update of drift
      ), pair as (${pairs(of, true)})
      select listed.*, pair.*,
        of_entitlement as entitlement, of_account as account, of_grant_type as grant_type,
        of_entitlement_type as entitlement_type
      from listed left join pair on pair.entitlement = of_entitlement and pair.account = of_account
        and pair.grant_type = of_grant_type
      order by drift_id`.execute(trx)
    return rows.map((row) => ({ drift: toDrift(row), pair: toPair(row, of.kind) }))
  })
}

interface PairRow {
  readonly entitlement_type: string | null
  readonly entitlement: string
  readonly account: string
  readonly grant_type: string
  readonly intent_id: string | null
  readonly desired_version: number
  readonly applied_version: number
  readonly wanted: boolean
  readonly intent_fields: Fields | null
  readonly since: Date
  readonly applied_at: Date | null
  readonly seen_id: string | null
  readonly present: boolean
  readonly seen_fields: Fields | null
  readonly seen_changed_at: Date
}

interface DriftRow {
  readonly drift_id: string
  readonly type: DriftType
  readonly drift_observed: Fields | null
  readonly drift_intended: Fields | null
  readonly drift_intent_id: string | null
  readonly drift_intent_version: number
  readonly state: Exclude<DriftState, 'closed'>
  readonly policy: Decision
  readonly policy_by: string | null
  readonly held_reason: string | null
  readonly by_policy: boolean
}

/** Both sides of a kind, joined on the target's ids; of all of it, or of what the drift in `listed` is about. */
function pairs(of: PairsOf, onlyListed = false): RawBuilder<unknown> {
  return of.kind.yields === 'grant' ? grantPairs(of, onlyListed) : objectPairs(of, onlyListed)
}

const intentColumns = sql`
  intent.id as intent_id, coalesce(intent.desired_version, 0) as desired_version,
  coalesce(intent.applied_version, 0) as applied_version, coalesce(intent.wanted, false) as wanted,
  intent.since, intent.applied_at`

const seenColumns = sql`
  ${believedSql('seen')} as is_believed,
  seen.id as seen_id, seen.id is not null and seen.stale_since is null as present, seen.changed_at as seen_changed_at`

function grantPairs({ connectionId, kind }: PairsOf, onlyListed: boolean): RawBuilder<unknown> {
  const listed = onlyListed
    ? sql`and (entitlement_external_id, account_external_id) in (select of_entitlement, of_account from listed)`
    : sql``
  return sql`
    select coalesce(intent.entitlement_type, seen.entitlement_type) as entitlement_type,
      coalesce(intent.entitlement_external_id, seen.entitlement_external_id) as entitlement,
      coalesce(intent.account_external_id, seen.account_external_id) as account,
      coalesce(intent.grant_type, seen.grant_type) as grant_type,
      null::jsonb as intent_fields, null::jsonb as seen_fields, ${intentColumns}, ${seenColumns}
    from (select * from assignment where connection_id = ${connectionId} and kind = ${kind.name}
            and account_external_id is not null ${listed}) intent
    full join (select * from access_grant where connection_id = ${connectionId} and kind = ${kind.name}
            ${listed}) seen
      on seen.entitlement_external_id = intent.entitlement_external_id
     and seen.account_external_id = intent.account_external_id and seen.grant_type = intent.grant_type`
}

/** The seen fields are those that are wished, and all governed ones where the object is not. */
function objectPairs({ connectionId, kind }: PairsOf, onlyListed: boolean): RawBuilder<unknown> {
  const isAccount = kind.yields === 'account'
  const listed = onlyListed
    ? sql`and external_id in (select ${isAccount ? sql`of_account` : sql`of_entitlement`} from listed)`
    : sql``
  const own = isAccount
    ? sql`jsonb_build_object('status', seen.status, 'displayName', seen.display_name, 'email', seen.email)`
    : sql`jsonb_build_object('displayName', seen.display_name, 'description', seen.description)`
  const id = sql`coalesce(intent.external_id, seen.external_id)`
  const governed = sql`${kind.governed ?? []}::text[]`
  const wished = sql`
    case when intent.id is null then ${governed}
         when intent.wanted then array(select jsonb_object_keys(intent.fields))
         else array(select jsonb_object_keys(intent.fields) union select unnest(${governed})) end`
  return sql`
    select ${isAccount ? sql`null::text` : sql`coalesce(intent.entitlement_type, seen.type)`} as entitlement_type,
      ${isAccount ? sql`''` : id} as entitlement, ${isAccount ? id : sql`''`} as account, '' as grant_type,
      intent.fields as intent_fields,
      case when seen.id is not null then owlie_fields(${wished}, ${own}, seen.attributes) end as seen_fields,
      ${intentColumns}, ${seenColumns}
    from (select * from desired_object where connection_id = ${connectionId} and kind = ${kind.name}
            and external_id is not null ${listed}) intent
    full join (select * from ${sql.table(tables[kind.yields])}
            where connection_id = ${connectionId} and kind = ${kind.name} ${listed}) seen
      on seen.external_id = intent.external_id`
}

/** Wide enough that nothing `judge` would find is left out; a test compares the two. */
function disagrees({ isGoverned, kind, ignoredFields }: PairsOf): RawBuilder<unknown> {
  const differs =
    kind.yields === 'grant'
      ? sql`false`
      : sql`(intent_fields - ${ignoredFields}::text[]) is distinct from (seen_fields - ${ignoredFields}::text[])`
  const ungoverned = isGoverned ? sql`` : sql`and intent_id is not null`
  // Nobody is to decide about what the guard holds, nor about what a run that still reads has brought.
  return sql`(wanted <> present or (wanted and present and ${differs})) ${ungoverned}
    and (intent_id is not null or is_believed)`
}

function toPair(row: PairRow, kind: ObjectKind): Pair {
  const isGrant = kind.yields === 'grant'
  return {
    yields: kind.yields,
    entitlementType: row.entitlement_type,
    entitlement: row.entitlement,
    account: row.account,
    grantType: row.grant_type,
    intent: row.intent_id
      ? {
          id: row.intent_id,
          desiredVersion: row.desired_version,
          appliedVersion: row.applied_version,
          wanted: row.wanted,
          fields: isGrant ? null : row.intent_fields,
          since: row.since,
          appliedAt: row.applied_at,
        }
      : null,
    seen: row.seen_id
      ? { present: row.present, fields: isGrant ? null : row.seen_fields, changedAt: row.seen_changed_at }
      : null,
  }
}

function toDrift(row: DriftRow): OpenDrift {
  return {
    id: row.drift_id,
    type: row.type,
    observed: row.drift_observed,
    intended: row.drift_intended,
    intentId: row.drift_intent_id,
    intentVersion: row.drift_intent_version,
    state: row.state,
    policy: row.policy,
    policyBy: row.policy_by,
    heldReason: row.held_reason,
    byPolicy: row.by_policy,
  }
}
