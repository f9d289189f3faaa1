import { randomBytes } from 'node:crypto'
import type { AccountFacts, Connector, Manifest } from '@owlie/connector-kit'
import { auth0 } from '@owlie/connector-auth0'
import { sql } from 'kysely'
import type { Database, TenantTx } from '../../db/index.ts'
import type { Actor } from '../../model/index.ts'

export const ada: Actor = { tenantId: 'default', id: 'ada', name: 'Ada', kind: 'operator' }

/** A directory of employees beside Auth0: another manifest, with other words for the same facts. */
const facts: AccountFacts = {
  emailVerified: 'confirmed',
  keys: [{ space: 'employee_id', path: 'number', trusted: true }],
  profile: { title: ['title'], department: ['department'], given_name: ['given'] },
}

/** Manifests only: what correlation and resolution read of a connector. */
export const connectors: ReadonlyMap<string, Connector> = new Map<string, Connector>([
  ['auth0', auth0],
  ['staff', { ...auth0, manifest: { ...auth0.manifest, name: 'staff', accountFacts: facts } as Manifest }],
])

export interface AccountSeed {
  readonly externalId: string
  readonly name?: string
  readonly email?: string | null
  readonly attributes?: Readonly<Record<string, unknown>>
  readonly stale?: boolean
}

let connectionsMade = 0

/** Each is younger than the one before. */
export async function addConnection(
  trx: TenantTx,
  name: string,
  connector: 'auth0' | 'staff',
): Promise<string> {
  const { id } = await trx
    .insertInto('connection')
    .values({
      name,
      connector,
      config: '{}',
      state: 'ready',
      state_reason: null,
      created_by: 'x',
      updated_by: 'x',
      created_at: new Date(1e12 + (connectionsMade += 1)),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** Puts accounts into the inventory as a sync leaves them; an existing one is changed. Ids by external id. */
export async function putAccounts(
  trx: TenantTx,
  connectionId: string,
  seeds: readonly AccountSeed[],
): Promise<ReadonlyMap<string, string>> {
  const at = new Date()
  const ids = new Map<string, string>()
  for (const { externalId, name = externalId, email = null, attributes = {}, stale = false } of seeds) {
    const missed = stale ? at : null
    const { rows } = await sql<{ id: string }>`
      insert into account (connection_id, kind, external_id, display_name, email, status, attributes, content_hash,
        sort_name, search_text, first_seen_at, changed_at, last_seen_at, missed_first_at, stale_since)
      values (${connectionId}, 'users', ${externalId}, ${name}, ${email}, 'active', ${JSON.stringify(attributes)},
        ${randomBytes(32)}, ${name.toLowerCase()}, ${name.toLowerCase()}, ${at}, ${at}, ${missed}, ${missed}, ${missed})
      on conflict (tenant_id, connection_id, external_id) do update set display_name = excluded.display_name,
        email = excluded.email, attributes = excluded.attributes, content_hash = excluded.content_hash,
        sort_name = excluded.sort_name, search_text = excluded.search_text,
        changed_at = excluded.changed_at, last_seen_at = excluded.last_seen_at,
        missed_first_at = excluded.missed_first_at, stale_since = excluded.stale_since
      returning id`.execute(trx)
    ids.set(externalId, rows[0]!.id)
  }
  return ids
}

/** Everything of a table as it is, in a stable order. */
export async function rowsOf(database: Database, table: string, order: string): Promise<readonly unknown[]> {
  return database.tenant('default', async (trx) => {
    const { rows } = await sql`select * from ${sql.table(table)} order by ${sql.raw(order)}`.execute(trx)
    return rows
  })
}
