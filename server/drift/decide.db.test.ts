import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { isRefusal, type Refusal } from '../model/index.ts'
import { ada, granted } from '../sync/test/bench.ts'
import { testDatabase, type TestDatabase } from '../test/database.ts'
import type { Decision } from './drift.ts'
import { driftBench, type DriftBench, line } from './test/bench.ts'
import { type Company, company, newCompany } from './test/company.ts'

let database: TestDatabase
let drifts: DriftBench
let at: Company

beforeAll(async () => {
  database = await testDatabase()
  drifts = driftBench(database, [company])
})
afterAll(() => database.close())

/** Ten users with a role each, taken as they are. */
beforeEach(async () => {
  at = await newCompany(database)
  await at.role('r')
  for (let n = 0; n < 10; n++) {
    await at.user(`u${n}`, { title: 'Clerk' })
    await at.holds(`u${n}`, 'r')
  }
  await at.complete()
  await drifts.baseline(at.connectionId)
  await at.complete()
})

const compare = async () => {
  await drifts.compare(at.connectionId)
  return drifts.open({ connectionId: at.connectionId })
}
const decide = (decision: Decision, ids: readonly string[], confirm?: number) =>
  drifts.drift.decide(ada, { ids, decision, ...(confirm === undefined ? {} : { confirm }) })
const codes = (answer: object | Refusal) =>
  isRefusal(answer) ? answer.refused.map(({ code }) => code) : `not refused: ${JSON.stringify(answer)}`
const audit = async () => {
  const rows = await at.query<{ content: string }>(
    `select content from audit_event order by seq desc limit 1`,
  )
  return JSON.parse(rows[0]!.content) as { action: string; detail: Record<string, unknown> }
}

/** One drift: u1 also holds s. */
async function oneExcess() {
  await at.role('s')
  await at.holds('u1', 's')
  await at.complete()
  const open = await compare()
  expect(open.map(line).sort()).toEqual([
    'role_members excess User u1 / Role s [open]',
    'roles excess Role s [open]',
  ])
  return open.find(({ kind }) => kind === 'role_members')!
}

describe('a person decides', () => {
  it('adopt, and undo: the wish is as before, as a new version, and it is listed again', async () => {
    const { id } = await oneExcess()
    const { batchId, decided } = granted(await decide('adopt', [id]))
    expect(decided).toBe(1)
    expect(await audit()).toMatchObject({ action: 'drift.adopted', detail: { decision: 'adopt', count: 1 } })
    const after = (await drifts.drift.get(ada.tenantId, id))!
    expect(after).toMatchObject({ state: 'closed', resolution: 'adopted' })
    const of = () =>
      drifts.assignments.of(ada.tenantId, { account: { connectionId: at.connectionId, externalId: 'u1' } })
    expect((await of()).at(-1)).toMatchObject({ entitlement: 's', wanted: true, desiredVersion: 1 })
    expect(granted(await drifts.drift.undo(ada, batchId))).toMatchObject({ undone: 1, kept: 0 })
    expect((await of()).at(-1)).toMatchObject({
      entitlement: 's',
      wanted: false,
      desiredVersion: 2,
      appliedVersion: 2,
    })
    expect(await drifts.drift.get(ada.tenantId, id)).toMatchObject({ state: 'open', resolution: null })
    expect(codes(await drifts.drift.undo(ada, batchId))).toEqual(['drift.not_undoable'])
    // It can be decided again at once, and the next comparison leaves it alone.
    expect((await compare()).map(({ id }) => id)).toContain(id)
    expect(granted(await decide('adopt', [id]))).toMatchObject({ decided: 1 })
    expect((await of()).at(-1)).toMatchObject({ wanted: true, desiredVersion: 3 })
  })

  it('flag, ignore and preserve move between each other, stand through comparisons, and are undone', async () => {
    const { id } = await oneExcess()
    const state = async () => (await drifts.drift.get(ada.tenantId, id))!.state
    const batches: string[] = []
    for (const [decision, wanted] of [
      ['flag', 'flagged'],
      ['ignore', 'ignored'],
      ['preserve', 'operation_wanted'],
    ] as const) {
      batches.push(granted(await decide(decision, [id])).batchId)
      await compare()
      expect(await state()).toBe(wanted)
    }
    // Only the last can be undone: the others were decided over.
    expect(codes(await drifts.drift.undo(ada, batches[0]!))).toEqual(['drift.not_undoable'])
    expect(granted(await drifts.drift.undo(ada, batches[2]!))).toMatchObject({ undone: 1 })
    expect(await state()).toBe('ignored')
  })

  it('what an operation has taken up is neither undone nor decided again', async () => {
    const { id } = await oneExcess()
    const { batchId } = granted(await decide('preserve', [id]))
    await database.tenant(ada.tenantId, (trx) =>
      drifts.drift.queued(trx, [{ driftId: id, operationId: 'op' }]),
    )
    expect(codes(await drifts.drift.undo(ada, batchId))).toEqual(['drift.not_undoable'])
    expect(codes(await decide('ignore', [id]))).toEqual(['drift.under_way'])
  })

  it('what no operation can put back needs review again, and says so', async () => {
    const { id } = await oneExcess()
    const unable = driftBench(database, [company], () => Promise.resolve(new Map()))
    const { batchId } = granted(await unable.drift.decide(ada, { ids: [id], decision: 'preserve' }))
    const asIs = { state: 'open', heldReason: expect.stringMatching(/^Owlie cannot put this back/) as string }
    expect(await drifts.drift.get(ada.tenantId, id)).toMatchObject(asIs)
    await unable.compare(at.connectionId)
    expect(await drifts.drift.get(ada.tenantId, id)).toMatchObject(asIs)
    // Nothing came of it, so there is nothing to undo; another decision can be made.
    expect(codes(await unable.drift.undo(ada, batchId))).toEqual(['drift.not_undoable'])
    expect(granted(await decide('ignore', [id]))).toMatchObject({ decided: 1 })
  })

  it('an ignored disagreement comes back when its values move', async () => {
    await at.user('u2', { title: 'Boss' })
    await at.complete()
    const [found] = await compare()
    expect(line(found!)).toBe('users different User u2 {"title":"Clerk"} → {"title":"Boss"} [open]')
    granted(await decide('ignore', [found!.id]))
    await at.user('u2', { title: 'Chief' })
    await at.complete()
    expect(await compare()).toMatchObject([{ id: found!.id, state: 'open', observed: { title: 'Chief' } }])
  })

  it('is about what was listed: what has moved meanwhile is refused', async () => {
    await at.user('u2', { title: 'Boss' })
    await at.complete()
    const [found] = await compare()
    await at.user('u2', { title: 'Chief' })
    expect(codes(await decide('adopt', [found!.id]))).toEqual(['drift.moved'])
    expect(codes(await decide('adopt', [randomUUID()]))).toEqual(['drift.not_found'])
    expect(codes(await decide('adopt', ['no id at all']))).toEqual(['drift.not_found'])
    const [intent] = await drifts.assignments.of(ada.tenantId, {
      account: { connectionId: at.connectionId, externalId: 'u2' },
    })
    expect(intent).toMatchObject({ desiredVersion: 1, fields: { title: 'Clerk' } })
  })

  it('many at once: previewed with the verdict of the guard, and only with the number', async () => {
    for (const n of [1, 2, 3]) await at.gone('access_grant', `u${n} r`)
    await at.complete()
    const ids = (await compare()).map(({ id }) => id)
    const filter = { connectionId: at.connectionId, type: 'missing' as const }
    const preview = granted(await drifts.drift.previewDecision(ada.tenantId, { filter, decision: 'adopt' }))
    expect(preview).toEqual({
      ...{ count: 3, skipped: 0 },
      groups: [{ connectionId: at.connectionId, kind: 'role_members', type: 'missing', count: 3 }],
      guard: {
        ...{ asks: true, count: 3, of: 10 },
        reason: '3 is 30 % of the 10 that ought to be; more than 10 % is asked about.',
      },
    })
    expect(codes(await decide('adopt', ids))).toEqual(['drift.guard'])
    expect(codes(await decide('adopt', ids, 2))).toEqual(['drift.guard'])
    const before = await drifts.rows()
    expect(before.filter((row) => (row as { of: string }).of === 'decision')).not.toHaveLength(0)
    const done = granted(await drifts.drift.decide(ada, { filter, decision: 'adopt', confirm: 3 }))
    expect(done).toMatchObject({ decided: 3, skipped: 0 })
    expect(await compare()).toEqual([])
    expect(granted(await drifts.drift.undo(ada, done.batchId))).toMatchObject({ undone: 3 })
    expect(await compare()).toHaveLength(3)
  })
})

describe('policies', () => {
  const policy = (kind: string, policy: Decision | null, type: 'missing' | null = null) =>
    ({ connectionId: at.connectionId, kind, type, policy }) as const

  it('preserve puts nothing back by itself when that would be a mass change; one is', async () => {
    granted(await drifts.drift.setPolicy(ada, policy('role_members', 'preserve', 'missing')))
    await at.gone('access_grant', 'u1 r')
    await at.complete()
    expect((await compare()).map(({ state }) => state)).toEqual(['operation_wanted'])
    for (const n of [2, 3, 4]) await at.gone('access_grant', `u${n} r`)
    await at.complete()
    const open = await compare()
    expect(open.map(({ state }) => state).sort()).toEqual(['open', 'open', 'open', 'operation_wanted'])
    expect(open.find(({ state }) => state === 'open')?.heldReason).toMatch(/^Held: 3 is 30 % of the 10/)
    const rows = await drifts.rows()
    await compare()
    expect(await drifts.rows()).toEqual(rows)
  })

  it('a preview says what saving would do at once, and saving does it', async () => {
    await at.user('u1', { title: 'Boss' })
    await at.complete()
    await compare()
    const preview = async (value: Decision | null) => {
      const { adopted, operations, listed, dropped } = granted(
        await drifts.drift.previewPolicy(ada.tenantId, policy('users', value)),
      )
      return { adopted, operations, listed, dropped }
    }
    expect(await preview('adopt')).toEqual({ adopted: 1, operations: 0, listed: 0, dropped: 0 })
    expect(await preview('preserve')).toEqual({ adopted: 0, operations: 1, listed: 0, dropped: 0 })
    expect(await preview('ignore')).toEqual({ adopted: 0, operations: 0, listed: 0, dropped: 1 })
    expect(await preview('flag')).toEqual({ adopted: 0, operations: 0, listed: 0, dropped: 0 })
    granted(await drifts.drift.setPolicy(ada, policy('users', 'preserve')))
    expect(await audit()).toMatchObject({
      action: 'drift_policy.changed',
      detail: { objectKind: 'users', from: 'default', to: 'preserve' },
    })
    expect(await compare()).toMatchObject([
      { state: 'operation_wanted', policy: 'preserve', policyBy: 'Ada' },
    ])
    // Back to the default: what nobody has taken up is listed again.
    granted(await drifts.drift.setPolicy(ada, policy('users', null)))
    expect(await compare()).toMatchObject([{ state: 'open', policy: 'flag', policyBy: null }])
  })

  it('fields can be taken out of the comparison, and the grace set', async () => {
    await at.user('u1', { title: 'Boss' })
    await at.complete()
    expect(await compare()).toHaveLength(1)
    const setting = { connectionId: at.connectionId, kind: 'users', ignoredFields: ['title'], graceMs: 0 }
    expect(
      granted(await drifts.drift.setSetting(ada, setting)).find(({ kind }) => kind === 'users'),
    ).toMatchObject({
      ...{ ignoredFields: ['title'], governedFields: ['status', 'title'], graceMs: 0 },
    })
    expect(await compare()).toEqual([])
    expect(codes(await drifts.drift.setSetting(ada, { ...setting, graceMs: -1 }))).toEqual([
      'drift.bad_grace',
    ])
    expect(codes(await drifts.drift.setSetting(ada, { ...setting, kind: 'x' }))).toEqual([
      'drift.unknown_kind',
    ])
    expect(
      codes(await drifts.drift.setPolicy(ada, { ...policy('users', 'adopt'), connectionId: randomUUID() })),
    ).toEqual(['connection.not_found'])
  })
})

it('a list goes on page by page, newest first, and finds by name', async () => {
  for (let n = 0; n < 5; n++) await at.user(`u${n}`, { title: `Boss ${n}` })
  await at.complete()
  const all = (await compare()).map(({ id }) => id).reverse()
  const paged: string[] = []
  let after: string | null = null
  do {
    const page = await drifts.drift.list(ada.tenantId, { connectionId: at.connectionId }, { first: 2, after })
    expect(page.total).toBe(5)
    paged.push(...page.nodes.map(({ id }) => id))
    after = page.next
  } while (after !== null)
  expect(paged).toEqual(all)
  const found = await drifts.open({ connectionId: at.connectionId, search: 'user U3' })
  expect(found.map(({ account }) => account)).toEqual(['u3'])
  await expect(drifts.drift.list(ada.tenantId, {}, { first: 2, after: 'x' })).rejects.toMatchObject({
    failure: { code: 'drift.bad_cursor' },
  })
  const counts = (await drifts.drift.counts(ada.tenantId)).filter(
    ({ connectionId }) => connectionId === at.connectionId,
  )
  expect(counts).toEqual([
    { connectionId: at.connectionId, kind: 'users', type: 'different', state: 'open', count: 5 },
  ])
})

it('the jobs find a run nobody has compared, once', async () => {
  await at.query(
    `insert into sync_run (tenant_id, connection_id, generation, status, trigger, created_at, finished_at, requests)
     values ('default', $1, 1, 'complete', 'manual', now(), now(), '{}')`,
    [at.connectionId],
  )
  const due = () => database.tenant(ada.tenantId, drifts.drift.wake)
  expect(await due()).toEqual([
    { task: 'drift.compare', ids: { connectionId: at.connectionId }, key: `drift:${at.connectionId}` },
  ])
  await compare()
  expect(await due()).toEqual([])
})

it('another tenant sees and decides nothing of it', async () => {
  const { id } = await oneExcess()
  const { batchId } = granted(await decide('flag', [id]))
  granted(
    await drifts.drift.setPolicy(ada, {
      ...{ connectionId: at.connectionId, kind: 'users' },
      type: null,
      policy: 'adopt',
    }),
  )
  granted(
    await drifts.drift.setSetting(ada, {
      connectionId: at.connectionId,
      kind: 'users',
      ignoredFields: [],
      graceMs: 1,
    }),
  )
  await database.pool.query(`insert into tenant (id, name) values ('other', 'Other') on conflict do nothing`)
  const eve = { ...ada, tenantId: 'other' }
  expect(await drifts.drift.get('other', id)).toBeNull()
  expect(codes(await drifts.drift.decide(eve, { ids: [id], decision: 'adopt' }))).toEqual(['drift.not_found'])
  expect(codes(await drifts.drift.undo(eve, batchId))).toEqual(['drift.not_undoable'])
  expect(await drifts.drift.policies('other', at.connectionId)).toBeNull()
  const count = (tenantId: string, table: string) =>
    database.tenant(tenantId, async (trx) => {
      const query = { sql: `select count(*)::int as count from ${table}`, parameters: [] } as never
      return (await trx.executeQuery<{ count: number }>(query)).rows[0]!.count
    })
  for (const table of ['drift', 'drift_decision', 'drift_policy', 'drift_setting', 'drift_pass']) {
    expect([table, (await count('default', table)) > 0]).toEqual([table, true])
    expect([table, await count('other', table)]).toEqual([table, 0])
  }
})
