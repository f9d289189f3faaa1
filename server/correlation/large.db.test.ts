import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openTenant, type Tenant } from './test/tenant.ts'

/** As many accounts as `OWLIE_LARGE` says in each of two connections; their times are for bench notes, not for here. */
const many = Number(process.env['OWLIE_LARGE'] ?? 3_000)
let tenant: Tenant

beforeAll(async () => {
  tenant = await openTenant()
  await fill(tenant.auth0, 'email_verified', 1)
  await fill(tenant.staff, 'confirmed', 1)
}, 120_000)
afterAll(() => tenant.database.close())

/** Every tenth is not verified, every hundredth has another's number. */
async function fill(connectionId: string, verified: string, version: number): Promise<void> {
  await tenant.database.tenant('default', (trx) =>
    sql`
      insert into account (connection_id, kind, external_id, display_name, email, status, attributes, content_hash,
        sort_name, search_text, first_seen_at, changed_at)
      select ${connectionId}, 'users', 'u' || n, 'Person Number ' || n, 'p' || n || '@large.org', 'active',
        jsonb_build_object(${verified}::text, n % 10 <> 0, 'number', n, 'app_metadata', jsonb_build_object('employee_id',
          case when n % 100 = 1 then n + 1 else n end)),
        sha256((n || ${`-${version}`})::bytea), 'person number ' || n, 'person number ' || n, now(), now()
      from generate_series(1, ${many}::int) n
      on conflict (tenant_id, connection_id, external_id) do update
        set content_hash = excluded.content_hash, attributes = excluded.attributes`.execute(trx),
  )
}

async function timed(what: string, work: () => Promise<void>): Promise<void> {
  const before = performance.now()
  await work()
  if (process.env['OWLIE_LARGE']) {
    const mb = Math.round(process.memoryUsage().heapUsed / 2 ** 20)
    console.log(`${what}: ${Math.round(performance.now() - before)} ms, heap ${mb} MB`)
  }
}

const written = () =>
  tenant.database.tenant('default', async (trx) => {
    const marks = []
    for (const table of [
      'identity',
      'identity_account',
      'correlation_account',
      'correlation_key',
      'correlation_candidate',
    ]) {
      const { rows } = await sql<{ rows: number; latest: string }>`
        select count(*)::int as rows, max(xmin::text::bigint) as latest from ${sql.table(table)}`.execute(trx)
      marks.push([table, rows[0]])
    }
    return marks
  })

it('two connections of many accounts: every one is decided about, and a second pass writes nothing', async () => {
  await timed('first pass', () => tenant.pass())
  const { identities } = await tenant.identities.counts('default')
  const { review, orphans } = await tenant.correlation.counts('default')
  // Whoever is proven on both sides is one; the unproven one and the one whose number is another's wait.
  expect(identities + review).toBeGreaterThanOrEqual(many)
  expect(identities).toBeLessThanOrEqual(many + many / 50)
  expect(review).toBe(orphans)
  const accounts = await tenant.database.tenant('default', async (trx) => {
    const { rows } = await sql<{
      linked: number
    }>`select count(*)::int as linked from identity_account`.execute(trx)
    return rows[0]!.linked
  })
  expect(accounts + review).toBe(2 * many)
  const before = await written()
  await timed('pass without changes', () => tenant.pass())
  expect(await written()).toEqual(before)
  await fill(tenant.auth0, 'email_verified', 2)
  await timed('pass after every account of one connection was touched', () => tenant.pass())
  const touched = await written()
  const rowsOf = (marks: typeof before, table: string) =>
    JSON.stringify(marks.find(([name]) => name === table))
  // What nobody compares has changed: no link, key or identity is written.
  for (const table of ['identity', 'identity_account', 'correlation_key', 'correlation_candidate'])
    expect(rowsOf(touched, table)).toBe(rowsOf(before, table))
}, 600_000)
