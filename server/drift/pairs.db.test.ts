import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { wish } from '../assignments/index.ts'
import { ada } from '../sync/test/bench.ts'
import { testDatabase, type TestDatabase } from '../test/database.ts'
import { judge } from './judge.ts'
import { readKindStates } from './kind-state.ts'
import { candidates } from './store-pairs.ts'
import { driftBench, type DriftBench } from './test/bench.ts'
import { company, newCompany } from './test/company.ts'

let database: TestDatabase
let drifts: DriftBench
const origin = { source: 'person', sourceId: null, actorName: 'Ada', reason: null } as const

beforeAll(async () => {
  database = await testDatabase()
  drifts = driftBench(database, [company])
})
afterAll(() => database.close())

/** What there is and what is wished, thing by thing. */
const thing = fc.record({
  seen: fc.constantFrom('never', 'stale', 'present'),
  title: fc.constantFrom<string | null>('a', 'b', null),
  wished: fc.constantFrom('never', 'wanted', 'unwanted'),
  wishedTitle: fc.constantFrom<string | null>('a', 'b', null),
})

describe('what SQL finds and what is judged', () => {
  it('are the same for any state of a kind: nothing that disagrees is left in the database', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(thing, { maxLength: 12 }),
        fc.boolean(),
        fc.boolean(),
        async (things, isGoverned, isIgnored) => {
          const at = await newCompany(database)
          const { connectionId } = at
          for (const [n, { seen, title, wished, wishedTitle }] of things.entries()) {
            const id = `u${n}`
            if (wished !== 'never')
              await database.tenant(ada.tenantId, (trx) =>
                wish(
                  trx,
                  [
                    {
                      ...{
                        is: 'object',
                        connectionId,
                        kind: 'users',
                        yields: 'account',
                        entitlementType: null,
                      },
                      ...{ externalId: id, wanted: wished === 'wanted', fields: { title: wishedTitle } },
                    },
                  ],
                  { origin, at: new Date(Date.now() - 1000), isAsObserved: true },
                ),
              )
            if (seen !== 'never') await at.user(id, { title, logins_count: n })
            if (seen === 'stale') await at.gone('account', id)
          }
          await at.complete()
          await database.tenant(ada.tenantId, async (trx) => {
            const states = (await readKindStates(drifts.assignments, trx, connectionId))!
            const state = { ...states[0]!, isGoverned, ignoredFields: isIgnored ? ['title'] : [] }
            const found = await candidates(trx, state, null, 100)
            const drifting = found
              .filter((pair) => judge(pair, state).is !== 'agree')
              .map(({ account }) => account)
            const expected = things.flatMap(({ seen, title, wished, wishedTitle }, n) => {
              const [present, wanted] = [seen === 'present', wished === 'wanted']
              const governed = wished !== 'never' || isGoverned
              const differs = present && wanted && title !== wishedTitle && !isIgnored
              return governed && (present !== wanted || differs) ? [`u${n}`] : []
            })
            expect([...drifting].sort()).toEqual(expected.sort())
          })
        },
      ),
      { numRuns: 25 },
    )
  }, 60_000)
})

describe('a hundred thousand grants', () => {
  const count = 100_000

  it('are taken as intent, compared without a row, and ten that moved are found', async () => {
    const at = await newCompany(database)
    const { connectionId } = at
    await at.query(
      `insert into access_grant (tenant_id, connection_id, kind, entitlement_type, entitlement_external_id,
         account_external_id, grant_type, first_seen_at, changed_at)
       select 'default', $1, 'role_members', 'role', 'r' || n % 100, 'u' || n, 'role', clock_timestamp(),
         clock_timestamp() from generate_series(1, $2::int) n`,
      [connectionId, count],
    )
    await at.complete()
    await drifts.baseline(connectionId, ['role_members'])
    await at.complete()
    await drifts.compare(connectionId)
    expect(await drifts.open({ connectionId })).toEqual([])
    await at.query(
      `update access_grant set stale_since = clock_timestamp(), missed_first_at = clock_timestamp(),
         last_seen_at = clock_timestamp()
       where connection_id = $1 and account_external_id in (select 'u' || n from generate_series(1, 10) n)`,
      [connectionId],
    )
    await at.complete()
    await drifts.compare(connectionId)
    const open = await drifts.open({ connectionId })
    expect(open.map(({ type }) => type)).toEqual(Array.from({ length: 10 }, () => 'missing'))
    const { rows } = await database.tenant(ada.tenantId, (trx) =>
      sql<{
        count: number
      }>`select count(*)::int as count from assignment where connection_id = ${connectionId}`.execute(trx),
    )
    expect(rows).toEqual([{ count }])
  }, 120_000)
})
