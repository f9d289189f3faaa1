import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Secret } from '@owlie/connector-kit'
import type { Database, TenantTx } from '../db/index.ts'
import type { Actor } from '../model/index.ts'
import { testDatabase } from '../test/database.ts'
import { type AuditDetail, head, list, type NewAuditEvent, record, verify } from './index.ts'

const canary = 'canary-9f3b1c77d2'
let database: Database & { url: string }
let tenants = 0

beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

function event(tenantId: string, name = 'x', detail: AuditDetail = {}): NewAuditEvent {
  const actor: Actor = { kind: 'operator', id: 'op1', name: 'Ada', tenantId }
  return { actor, action: 'connection.updated', subject: { kind: 'connection', id: name }, detail }
}

/** A tenant of its own with this many events. */
async function chain(events: number): Promise<string> {
  const tenantId = `t${++tenants}`
  await database.tenant(tenantId, async (trx) => {
    for (let at = 1; at <= events; at++)
      await record(trx, event(tenantId, `c${at}`, { count: at, name: 'Ünïcode "x" \\ 🦉' }))
  })
  return tenantId
}

/** As the owner of the tables: everything the application may not. `$mine` restricts it to the tenant. */
async function tamper(tenantId: string, statement: string): Promise<void> {
  const client = await database.pool.connect()
  try {
    await client.query('begin')
    await client.query(`select set_config('owlie.tenant_id', $1, true)`, [tenantId])
    await client.query(statement.replaceAll('$mine', `tenant_id = '${tenantId}'`))
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
}

const verdict = (tenantId: string) => database.tenant(tenantId, (trx) => verify(trx))
const as = <T>(tenantId: string, work: (trx: TenantTx) => Promise<T>) => database.tenant(tenantId, work)

describe('recording', () => {
  test('events come back newest first, page by page, with what was recorded', async () => {
    const tenantId = await chain(5)
    const one = await as(tenantId, (trx) => list(trx, { first: 2 }))
    const two = await as(tenantId, (trx) => list(trx, { first: 2, after: one.next }))
    const three = await as(tenantId, (trx) => list(trx, { first: 2, after: two.next }))
    expect([one, two, three].map((page) => page.events.map((each) => each.seq))).toEqual([
      [5, 4],
      [3, 2],
      [1],
    ])
    expect(three.next).toBeNull()
    expect(three.events[0]).toMatchObject({
      action: 'connection.updated',
      actor: { kind: 'operator', id: 'op1', name: 'Ada' },
      subject: { kind: 'connection', id: 'c1' },
      detail: { count: 1, name: 'Ünïcode "x" \\ 🦉' },
    })
    expect(await as(tenantId, (trx) => list(trx, { first: 9, subjectId: 'c3' }))).toMatchObject({
      events: [{ seq: 3 }],
      next: null,
    })
    expect((await as(tenantId, (trx) => list(trx, { first: 9, actorId: 'nobody' }))).events).toEqual([])
    expect(
      (await as(tenantId, (trx) => list(trx, { first: 9, action: 'connection.updated' }))).events,
    ).toHaveLength(5)
    expect(await verdict(tenantId)).toMatchObject({ ok: true, events: 5 })
  })

  test('an event exists exactly when its transaction commits', async () => {
    const tenantId = await chain(1)
    const failing = as(tenantId, async (trx) => {
      await record(trx, event(tenantId))
      throw new Error('the change failed')
    })
    await expect(failing).rejects.toThrow('the change failed')
    expect(await as(tenantId, head)).toMatchObject({ seq: 1 })
    expect(await verdict(tenantId)).toMatchObject({ ok: true, events: 1 })
  })

  test('many writers at once make one chain', async () => {
    const tenantId = await chain(0)
    const numbers = await Promise.all(
      Array.from({ length: 60 }, (_, at) => as(tenantId, (trx) => record(trx, event(tenantId, `w${at}`)))),
    )
    expect([...numbers].sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, at) => at + 1))
    expect(await verdict(tenantId)).toMatchObject({ ok: true, events: 60 })
  })

  test('tenants do not see, continue or write each other', async () => {
    const [mine, other] = [await chain(2), await chain(3)]
    expect((await as(mine, (trx) => list(trx, { first: 10 }))).events).toHaveLength(2)
    await expect(as(mine, (trx) => record(trx, event(other)))).rejects.toMatchObject({ code: '42501' })
    expect(await verdict(other)).toMatchObject({ ok: true, events: 3 })
  })

  test.each([
    `update audit_event set content = content`,
    `delete from audit_event`,
    `truncate audit_event`,
    `update audit_head set seq = 0`,
    `delete from audit_head`,
    `insert into audit_event (tenant_id, seq, at, content, prev_hash, hash) values ('t1', 99, now(), '{}', repeat('0',64), repeat('0',64))`,
  ])('the application may not: %s', async (statement) => {
    const tenantId = await chain(1)
    await expect(as(tenantId, (trx) => sql.raw(statement).execute(trx))).rejects.toMatchObject({
      code: '42501',
    })
  })
})

describe('what never gets in', () => {
  const bad: [string, unknown][] = [
    ['a Secret', { name: new Secret(canary) }],
    ['an object', { name: { clientSecret: canary } }],
    ['a list', { name: [canary] }],
    ['a name not on the list', { clientSecret: canary }],
    ['an inherited name', Object.fromEntries([['constructor', canary]])],
    ['a token', { reason: `eyJhbGciOiJSUzI1NiJ9.${canary}.sig` }],
    ['a private key', { reason: `-----BEGIN PRIVATE KEY-----\n${canary}` }],
    ['an API key of ours', { name: `owl_${'A'.repeat(64)}` }],
    ['an authorization header', { reason: `Bearer ${canary}${canary}` }],
    ['not a number', { count: Number.NaN }],
  ]
  test.each(bad)('%s', async (_what, detail) => {
    const tenantId = await chain(0)
    const writing = as(tenantId, (trx) => record(trx, event(tenantId, 'x', detail as AuditDetail)))
    const error: unknown = await writing.catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(TypeError)
    expect(String((error as Error).stack)).not.toContain(canary)
    expect(await as(tenantId, head)).toMatchObject({ seq: 0 })
  })

  test('a credential in a name, and an action of another shape', async () => {
    const tenantId = await chain(0)
    const token = `eyJhbGciOiJSUzI1NiJ9.${canary}.`
    await expect(as(tenantId, (trx) => record(trx, event(tenantId, token)))).rejects.toThrow(TypeError)
    const shapeless = { ...event(tenantId), action: `connection ${canary}` }
    await expect(as(tenantId, (trx) => record(trx, shapeless))).rejects.toThrow('noun.verb')
  })

  test('long text is cut, NUL and half characters are made harmless', async () => {
    const tenantId = await chain(0)
    await as(tenantId, (trx) =>
      record(trx, event(tenantId, 'x', { reason: `a\u0000b\ud800${'z'.repeat(5000)}` })),
    )
    const { events } = await as(tenantId, (trx) => list(trx, { first: 1 }))
    expect(String(events[0]!.detail['reason'])).toMatch(/^a\uFFFDb\uFFFDz+…$/)
    expect(String(events[0]!.detail['reason'])).toHaveLength(1000)
    expect(await verdict(tenantId)).toMatchObject({ ok: true })
  })
})

describe('tampering by the owner is found and named', () => {
  const cases: [string, string, number, string][] = [
    [
      'a changed word',
      `update audit_event set content = replace(content, 'Ada', 'Bob') where $mine and seq = 4`,
      4,
      'changed',
    ],
    [
      'a changed time',
      `update audit_event set at = at + interval '1 ms' where $mine and seq = 4`,
      4,
      'changed',
    ],
    ['a changed hash', `update audit_event set hash = repeat('a', 64) where $mine and seq = 4`, 4, 'changed'],
    ['a removed event', `delete from audit_event where $mine and seq = 4`, 4, 'missing'],
    ['a removed first event', `delete from audit_event where $mine and seq = 1`, 1, 'missing'],
    ['a removed last event', `delete from audit_event where $mine and seq = 8`, 8, 'missing'],
    [
      'two swapped events',
      `update audit_event set seq = case seq when 4 then 105 when 5 then 104 end where $mine and seq in (4, 5);
      update audit_event set seq = seq - 100 where $mine and seq > 100`,
      4,
      'unlinked',
    ],
    [
      'a removed event, closed up',
      `delete from audit_event where $mine and seq = 4; update audit_event set seq = seq - 1 where $mine and seq > 4`,
      4,
      'unlinked',
    ],
    [
      'an event behind the head',
      `insert into audit_event (seq, at, content, prev_hash, hash)
      select 9, at, content, hash, hash from audit_event where $mine and seq = 8`,
      9,
      'changed',
    ],
    [
      'a head set back',
      `update audit_head set (seq, hash) = (select seq, hash from audit_event where $mine and seq = 7) where $mine`,
      8,
      'head',
    ],
    ['a removed head', `delete from audit_head where $mine`, 8, 'head'],
    ['everything removed but the head', `delete from audit_event where $mine`, 1, 'missing'],
  ]
  test.each(cases)('%s', async (_what, statement, seq, found) => {
    const tenantId = await chain(8)
    await tamper(tenantId, statement)
    const result = await verdict(tenantId)
    expect(result).toMatchObject({ ok: false, broken: { seq, found } })
    expect(result.ok || result.broken.message).toMatch(new RegExp(`\\b${seq}\\b`))
  })

  test('a chain cut at the end with its head is found against a head kept elsewhere', async () => {
    const tenantId = await chain(8)
    const known = await as(tenantId, head)
    await tamper(
      tenantId,
      `delete from audit_event where $mine and seq > 6; update audit_head set (seq, hash) = (select seq, hash from audit_event where $mine and seq = 6) where $mine`,
    )
    expect(await verdict(tenantId)).toMatchObject({ ok: true, events: 6 })
    expect(await as(tenantId, (trx) => verify(trx, { known }))).toMatchObject({
      ok: false,
      broken: { seq: 7, found: 'missing' },
    })
  })

  test('a wholly rewritten chain is found against a head kept elsewhere', async () => {
    const tenantId = await chain(3)
    const known = await as(tenantId, head)
    await tamper(tenantId, `delete from audit_event where $mine; delete from audit_head where $mine`)
    await as(tenantId, async (trx) => {
      for (let at = 1; at <= 5; at++) await record(trx, event(tenantId, 'forged'))
    })
    expect(await verdict(tenantId)).toMatchObject({ ok: true, events: 5 })
    expect(await as(tenantId, (trx) => verify(trx, { known }))).toMatchObject({
      ok: false,
      broken: { seq: 3, found: 'unlike-known' },
    })
  })
})
