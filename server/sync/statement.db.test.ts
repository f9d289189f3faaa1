import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Connection } from '../connections/index.ts'
import type { CompletenessStatement, SyncRun } from './index.ts'
import { ada, granted, openSandboxBench, type SandboxBench } from './test/bench.ts'

/** What is stated about real runs against the sandbox tenant. Each story goes on from the one before. */

let bench: SandboxBench
let connection: Connection

beforeAll(async () => {
  bench = await openSandboxBench({ users: 230, roles: 6, organizations: 12 })
  connection = await bench.connect(bench.sandbox.applications.everything)
}, 60_000)
afterAll(() => bench.close())

async function stated(run: SyncRun) {
  const found = (await bench.sync.statement(ada.tenantId, run.id))!
  expect(createHash('sha256').update(found.json).digest('hex')).toBe(found.hash)
  return { ...found, statement: JSON.parse(found.json) as CompletenessStatement }
}

async function auditedHash(run: SyncRun) {
  const { rows } = await bench.database.pool.query<{ content: string }>(
    `select content from audit_event where subject_id = $1 and action in ('sync_run.ended', 'sync_run.cancelled')`,
    [run.id],
  )
  return (JSON.parse(rows[0]!.content) as { detail: { hash: string } }).detail.hash
}

describe('the statement of a run', () => {
  it('proves every kind in words, accounts for every request, and is in the audit by its hash', async () => {
    const run = await bench.sync1(connection)
    expect(run.status).toBe('complete')
    const { statement, hash, text } = await stated(run)
    expect(statement.summary).toBe('Everything this connection reads was read to its end.')
    expect(statement.kinds.map(({ kind }) => kind)).toEqual(run.kinds.map(({ name }) => name))
    for (const kind of statement.kinds) {
      expect([kind.kind, kind.end]).toEqual([kind.kind, 'complete'])
      expect(kind.proofs.length, kind.kind).toBeGreaterThan(0)
      expect(kind.until, kind.kind).not.toBeNull()
      if (kind.lists) expect(kind.proofs.reduce((sum, { lists }) => sum + lists, 0)).toBe(kind.lists.total)
    }
    const users = statement.kinds.find(({ kind }) => kind === 'users')!
    expect(users.proofs).toEqual([
      {
        words:
          'Walked by creation time to the end; users of one moment were drained. Auth0 counts no more than were received.',
        lists: 1,
      },
    ])
    // All but the token's and the change marker's are of a kind.
    const ofKinds = statement.kinds.reduce((sum, kind) => sum + kind.requests, 0)
    expect(statement.requests.total - ofKinds).toBeLessThanOrEqual(2)
    expect(statement.scopes.granted).toEqual(expect.arrayContaining(['read:users']))
    expect(await auditedHash(run)).toBe(hash)
    expect(text).toContain(hash)
    expect(JSON.stringify(statement)).not.toContain(bench.sandbox.applications.everything.clientSecret)
  }, 60_000)

  it('names the gap of a truncated kind, what follows from it, and the quarantined records', async () => {
    const { sandbox } = bench
    const broken = sandbox.faults.add({
      match: { route: '/users' },
      times: 1,
      effect: {
        kind: 'rewrite',
        change: (body) => {
          const { users, ...rest } = body as { users: { user_id: string }[] }
          return { ...rest, users: users.map((user, at) => (at === 3 ? { ...user, user_id: 7 } : user)) }
        },
      },
    })
    const run = await bench.sync1(connection)
    sandbox.faults.clear(broken)
    expect(run.status).toBe('incomplete')
    const { statement, text } = await stated(run)
    const of = (name: string) => statement.kinds.find(({ kind }) => kind === name)!
    expect(of('users')).toMatchObject({ end: 'truncated', failure: { code: 'sync.unreadable_records' } })
    expect(of('role_members')).toMatchObject({
      end: 'skipped',
      failure: { code: 'sync.prerequisite_not_complete' },
      requests: 0,
    })
    const records = await bench.sync.quarantined(ada.tenantId, run.id)
    expect(statement.quarantined).toEqual({ total: records.length, records })
    expect(records.length).toBeGreaterThan(0)
    expect(text).toContain('## Quarantined records')
  }, 60_000)

  it('is there for a cancelled run too, and for none that goes on', async () => {
    const run = granted(await bench.sync.start(ada, connection.id))
    await bench.drive(run, 0)
    expect(await bench.sync.statement(ada.tenantId, run.id)).toBeNull()
    granted(await bench.sync.cancel(ada, run.id))
    const { statement, hash } = await stated(run)
    expect(statement.run).toMatchObject({ status: 'cancelled', startedBy: 'Ada', mode: 'full' })
    expect(await auditedHash(run)).toBe(hash)
    expect(await bench.sync.statement('other', run.id)).toBeNull()
  })

  it('cannot be changed by the application', async () => {
    const changing = bench.database.tenant(ada.tenantId, (trx) =>
      trx.updateTable('sync_statement').set({ content: '{}' }).execute(),
    )
    await expect(changing).rejects.toThrow(/permission denied/)
  })
})
