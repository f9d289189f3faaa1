import { sql } from 'kysely'
import type { TenantTx } from '../db/index.ts'
import { fromTimeCursor, isId, pageSize, toCursor } from '../model/index.ts'
import type { Page, StaleInput, StaleObject } from './inventory.ts'

type StaleRow = Omit<StaleObject, 'kindLabel'> & { readonly connector: string; readonly page_at: string }

/** What complete runs see no more, of every kind together, the latest marked first. */
export async function listStale(
  trx: TenantTx,
  { connectionId, kind, ...input }: StaleInput,
): Promise<Page<StaleRow>> {
  if (connectionId && !isId(connectionId)) return { nodes: [], next: null, total: 0 }
  const size = pageSize(input.first)
  const place = fromTimeCursor(input.after)
  const stale = sql`object.stale_since is not null
    ${connectionId ? sql`and object.connection_id = ${connectionId}` : sql``}
    ${kind ? sql`and object.kind = ${kind}` : sql``}`
  const marks = sql`object.id, object.connection_id, object.kind, object.missed_first_at, object.last_seen_at,
    object.stale_since`
  const all = sql`
    select ${marks}, object.display_name as label, object.external_id, object.id as account_id,
           null::uuid as entitlement_id, null as entitlement_type
    from account object where ${stale}
    union all
    select ${marks}, object.display_name, object.external_id, null, object.id, object.type
    from entitlement object where ${stale}
    union all
    select ${marks},
           coalesce(holder.display_name, object.account_external_id) || ' in '
             || coalesce(held.display_name, object.entitlement_external_id),
           object.account_external_id || ' → ' || object.entitlement_external_id, holder.id, held.id, held.type
    from access_grant object
    left join account holder on holder.connection_id = object.connection_id
      and holder.external_id = object.account_external_id
    left join entitlement held on held.connection_id = object.connection_id
      and held.type = object.entitlement_type and held.external_id = object.entitlement_external_id
    where ${stale}`
  const after = place
    ? sql`where (stale_since, stale.id) < (${place[0]}::timestamptz, ${place[1]}::uuid)`
    : sql``
  const { rows } = await sql<StaleRow>`
    with stale as (${all})
    select stale.id, connection_id as "connectionId", connector, kind, label, external_id as "externalId",
           account_id as "accountId", entitlement_id as "entitlementId", entitlement_type as "entitlementType",
           missed_first_at as "missedFirstAt", last_seen_at as "lastSeenAt", stale_since as "staleSince",
           to_char(stale_since at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as page_at
    from stale join connection on connection.id = stale.connection_id
    ${after} order by stale_since desc, stale.id desc limit ${size + 1}`.execute(trx)
  const { rows: counted } = await sql<{ total: number }>`
    with stale as (${all}) select count(*)::int as total from stale`.execute(trx)
  const nodes = rows.slice(0, size)
  const last = nodes.at(-1)
  return {
    nodes,
    next: rows.length > size && last ? toCursor([last.page_at, last.id]) : null,
    total: counted[0]!.total,
  }
}
