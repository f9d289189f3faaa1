import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { list } from '../audit/index.ts'
import { ada, addConnection } from '../identities/test/people.ts'
import { granted, openTenant, type Tenant, verified } from './test/tenant.ts'

let tenant: Tenant
let { database, identities, correlation, auth0, staff, put, pass, linkOf, queued } = {} as Tenant

beforeAll(async () => {
  tenant = await openTenant()
  ;({ database, identities, correlation, auth0, staff, put, pass, linkOf, queued } = tenant)
})
afterAll(() => tenant.database.close())

const tables: readonly (readonly [string, string])[] = [
  ['identity', 'id'],
  ['identity_account', 'account_id'],
  ['identity_apart', 'account_id, identity_id'],
  ['correlation_account', 'account_id'],
  ['correlation_key', 'account_id, space, value'],
  ['correlation_candidate', 'account_id, identity_id'],
  ['audit_head', 'seq'],
]
/** Every row with the transaction that wrote it last: a row rewritten as it was is seen too. */
const written = () =>
  database.tenant('default', async (trx) => {
    const all = []
    for (const [table, order] of tables) {
      const { rows } =
        await sql`select xmin::text, * from ${sql.table(table)} order by ${sql.raw(order)}`.execute(trx)
      all.push(rows)
    }
    return all
  })

describe('decisions of admins stand', () => {
  it('a taken account is suggested elsewhere, never linked, and never again to whom it was taken from', async () => {
    const ids = await put(
      auth0,
      { externalId: 'auth0|t1', email: 'taken@one.org', attributes: verified },
      { externalId: 'auth0|t2', email: 'taken@one.org', attributes: verified },
    )
    await pass()
    const { identityId } = (await linkOf(ids.get('auth0|t2')))!
    granted(await identities.unlink(ada, ids.get('auth0|t2')!, identityId!))
    await pass()
    expect(await linkOf(ids.get('auth0|t2'))).toMatchObject({ identityId: null, origin: 'manual' })
    expect(await queued(ids.get('auth0|t2'))).toBe(null)
    await put(auth0, {
      externalId: 'auth0|t2',
      name: 'changed',
      email: 'taken@one.org',
      attributes: verified,
    })
    await pass()
    expect(await linkOf(ids.get('auth0|t2'))).toMatchObject({ identityId: null, origin: 'manual' })
    const other = granted(
      await identities.create(ada, {
        values: [
          { name: 'display_name', value: 'Other' },
          { name: 'email', value: 'Taken@one.org' },
        ],
      }),
    )
    await pass()
    expect(await queued(ids.get('auth0|t2'))).toEqual([{ identityId: other.id, rule: 'email' }])
    const orphans = await correlation.orphans('default', {
      first: 100,
      connectionId: auth0,
      search: 'changed',
    })
    expect(orphans.nodes).toEqual([ids.get('auth0|t2')])
  })

  it('a moved account stays where it was put, whatever the rules say', async () => {
    const ids = await put(
      auth0,
      { externalId: 'auth0|m1', email: 'moved@one.org', attributes: verified },
      { externalId: 'auth0|m2', email: 'moved@one.org', attributes: verified },
    )
    await pass()
    const from = (await linkOf(ids.get('auth0|m2')))!.identityId!
    const into = granted(await identities.create(ada, { values: [{ name: 'display_name', value: 'Into' }] }))
    granted(
      await identities.link(ada, { accountId: ids.get('auth0|m2')!, identityId: into.id, moveFrom: from }),
    )
    await put(auth0, { externalId: 'auth0|m2', name: 'again', email: 'moved@one.org', attributes: verified })
    await pass()
    expect(await linkOf(ids.get('auth0|m2'))).toMatchObject({ identityId: into.id, origin: 'manual' })
    expect((await identities.get('default', into.id))?.email).toBe('moved@one.org')
  })

  it('service accounts are left alone and listed by themselves', async () => {
    const ids = await put(auth0, {
      externalId: 'auth0|svc',
      name: 'deployer',
      email: 'x@svc.org',
      attributes: verified,
    })
    granted(await identities.setNature(ada, ids.get('auth0|svc')!, 'service'))
    await pass()
    expect((await linkOf(ids.get('auth0|svc')))?.identityId).toBe(null)
    const services = await correlation.orphans('default', { first: 10, nature: 'service' })
    expect(services.nodes).toEqual([ids.get('auth0|svc')])
    expect((await correlation.orphans('default', { first: 100 })).nodes).not.toContain(ids.get('auth0|svc'))
    granted(await identities.setNature(ada, ids.get('auth0|svc')!, 'personal'))
    await pass()
    expect(await linkOf(ids.get('auth0|svc'))).toMatchObject({ origin: 'rule', rule: 'created' })
  })

  it('what is new for an account that waits is decided with what is known', async () => {
    const ids = await put(
      auth0,
      { externalId: 'auth0|n1', email: 'new@one.org', attributes: verified },
      { externalId: 'auth0|n2', email: 'new@one.org', attributes: { email_verified: false } },
    )
    await pass()
    const candidates = (await queued(ids.get('auth0|n2')))!.map(({ identityId }) => identityId)
    expect(candidates).toEqual([(await linkOf(ids.get('auth0|n1')))!.identityId])
    const made = granted(await identities.createFor(ada, ids.get('auth0|n2')!, candidates))
    await pass()
    expect((await linkOf(ids.get('auth0|n2')))?.identityId).toBe(made.id)
    expect(await queued(ids.get('auth0|n2'))).toBe(null)
  })
})

describe('settings of a connection', () => {
  it('identities are not made where that is switched off; a custom attribute links', async () => {
    const [quiet, badges] = await database.tenant('default', async (trx) => [
      await addConnection(trx, 'Quiet', 'auth0'),
      await addConnection(trx, 'Badges', 'staff'),
    ])
    const key = (path: string) => [{ name: 'badge', path, trusted: true }]
    granted(
      await correlation.setSetting(ada, {
        ...{ connectionId: quiet!, version: 0, createIdentities: false, emailTrust: 'never' },
        keys: key('app_metadata.badge'),
      }),
    )
    const ids = await put(quiet!, {
      ...{ externalId: 'auth0|q', name: 'Quiet One', email: 'q@quiet.org' },
      attributes: { ...verified, app_metadata: { badge: 'B-77' } },
    })
    await pass()
    expect(await linkOf(ids.get('auth0|q'))).toBeUndefined()
    expect((await correlation.orphans('default', { first: 10, connectionId: quiet! })).nodes).toEqual([
      ids.get('auth0|q'),
    ])
    const holder = await put(badges!, {
      externalId: 'b',
      email: 'b@badges.org',
      attributes: { badge: 'b-77' },
    })
    await pass()
    // Only now the second connection knows the attribute: its accounts are read anew, and the orphan finds its identity.
    granted(
      await correlation.setSetting(ada, {
        ...{ connectionId: badges!, version: 0, createIdentities: true, emailTrust: 'attribute' },
        keys: key('badge'),
      }),
    )
    await pass()
    expect(await linkOf(ids.get('auth0|q'))).toMatchObject({
      ...{ rule: 'custom', identityId: (await linkOf(holder.get('b')))!.identityId },
    })
    const again = {
      connectionId: quiet!,
      version: 0,
      createIdentities: true,
      emailTrust: 'never',
      keys: [],
    } as const
    expect(await correlation.setSetting(ada, again)).toMatchObject({
      refused: [{ code: 'correlation.changed_meanwhile' }],
    })
    expect(await correlation.setSetting(ada, { ...again, connectionId: 'x' })).toMatchObject({
      refused: [{ code: 'connection.not_found' }],
    })
    expect(await correlation.setting('default', quiet!)).toMatchObject({
      createIdentities: false,
      version: 1,
    })
  })
})

describe('attributes follow their accounts', () => {
  it('a changed account changes what its identity is, in the order that was chosen, with a preview first', async () => {
    const inAuth0 = await put(auth0, {
      ...{ externalId: 'auth0|attr', name: 'Attr One', email: 'attr@one.org' },
      attributes: { ...verified, app_metadata: { title: 'Old title' } },
    })
    await put(staff, {
      externalId: 'attr',
      email: 'attr@one.org',
      attributes: { confirmed: true, title: 'Head' },
    })
    await pass()
    const { identityId } = (await linkOf(inAuth0.get('auth0|attr')))!
    const title = async () =>
      (await identities.attributesOf('default', identityId!)).find(({ name }) => name === 'title')
    expect(await title()).toMatchObject({
      value: 'Old title',
      source: auth0,
      lost: [{ value: 'Head', source: staff }],
    })
    const preview = granted(await identities.previewSources('default', 'title', [staff, 'manual']))
    expect(preview.samples.find((each) => each.identityId === identityId)).toMatchObject({
      ...{ before: 'Old title', after: 'Head' },
    })
    expect(preview.changed).toBe(1)
    expect((await identities.get('default', identityId!))?.profile.title).toBe('Old title')
    granted(await identities.setSources(ada, { attribute: 'title', sources: [staff, 'manual'], version: 0 }))
    await identities.tasks['identities.resolve']!(
      { tenantId: 'default' },
      { signal: new AbortController().signal, processId: 'test', attempt: 1 },
    )
    expect((await identities.get('default', identityId!))?.profile.title).toBe('Head')
    await put(staff, {
      externalId: 'attr',
      email: 'attr@one.org',
      attributes: { confirmed: true, title: 'Chief' },
    })
    await pass()
    expect((await identities.get('default', identityId!))?.profile.title).toBe('Chief')
    expect(await identities.setSources(ada, { attribute: 'title', sources: [], version: 0 })).toMatchObject({
      refused: [{ code: 'identity.changed_meanwhile' }],
    })
    expect(await identities.previewSources('default', 'title', ['nowhere'])).toMatchObject({
      refused: [{ code: 'identity.unknown_source' }],
    })
  })
})

describe('a pass', () => {
  it('without changes writes nothing, not even a row as it was', async () => {
    await pass()
    const before = await written()
    await pass()
    expect(await written()).toEqual(before)
  })

  it('is audited with what it did', async () => {
    await put(auth0, { externalId: 'auth0|audit', email: 'audit@one.org', attributes: verified })
    await pass()
    const { events } = await database.tenant('default', (trx) => list(trx, { first: 1 }))
    expect(events[0]).toMatchObject({
      ...{
        action: 'correlation.applied',
        actor: { kind: 'system', name: 'Owlie' },
        detail: { created: 1, linked: 0 },
      },
    })
  })

  it('that another process holds is asked for again, not lost', async () => {
    await database.tenant('default', (trx) =>
      sql`update lease set owner = 'other', expires_at = now() + interval '1 minute' where resource = 'correlation'`.execute(
        trx,
      ),
    )
    await database.pool.query(`delete from graphile_worker._private_jobs`)
    await pass()
    const { rows } = await database.pool.query<{ key: string; wait: boolean }>(
      `select key, run_at > now() as wait from graphile_worker.jobs`,
    )
    expect(rows).toEqual([{ key: 'correlation.pass:default', wait: true }])
    await database.tenant('default', (trx) => sql`update lease set owner = null`.execute(trx))
  })

  it('a stopping one leaves what it has done, and the next goes on', async () => {
    const ids = await put(auth0, { externalId: 'auth0|stop', email: 'stop@one.org', attributes: verified })
    const stopped = AbortSignal.abort()
    await pass(stopped)
    expect(await linkOf(ids.get('auth0|stop'))).toBeUndefined()
    await pass()
    expect(await linkOf(ids.get('auth0|stop'))).toBeDefined()
  })

  it('another tenant sees none of it', async () => {
    await database.system((trx) => trx.insertInto('tenant').values({ id: 'other', name: 'Other' }).execute())
    expect(await correlation.queue('other', { first: 10 })).toEqual({ nodes: [], next: null, total: 0 })
    expect((await correlation.orphans('other', { first: 10 })).total).toBe(0)
    expect(await correlation.setting('other', auth0)).toBe(null)
    await database.tenant('other', async (trx) => {
      const own = ['correlation_setting', 'correlation_account', 'correlation_key', 'correlation_candidate']
      for (const table of [...own, 'attribute_source']) {
        const { rows } = await sql`select 1 from ${sql.table(table)}`.execute(trx)
        expect([table, rows.length]).toEqual([table, 0])
      }
    })
  })
})

describe('lists', () => {
  it('the queue goes page by page, the likeliest first', async () => {
    const paged = await database.tenant('default', (trx) => addConnection(trx, 'Paged', 'staff'))
    const marks = Array.from({ length: 7 }, () => randomBytes(4).toString('hex'))
    for (const mark of marks) {
      await put(auth0, {
        externalId: `auth0|${mark}`,
        name: `P ${mark}`,
        email: `${mark}@page.org`,
        attributes: verified,
      })
    }
    await pass()
    for (const [place, mark] of marks.entries()) {
      const email = place < 3 ? `${mark}@page.org` : `other-${mark}@page.org`
      await put(paged, { externalId: mark, name: `P ${mark}`, email, attributes: {} })
    }
    await pass()
    const seen: { accountId: string; score: number }[] = []
    let after: string | null = null
    do {
      const page = await correlation.queue('default', { first: 3, after, connectionId: paged })
      expect(page.total).toBe(7)
      seen.push(...page.nodes)
      after = page.next
    } while (after !== null)
    expect(seen.map(({ score }) => score)).toEqual([50, 50, 50, 30, 30, 30, 30])
    expect(new Set(seen.map(({ accountId }) => accountId)).size).toBe(7)
    expect(
      (await correlation.queue('default', { first: 9, rule: 'name_domain', connectionId: paged })).total,
    ).toBe(4)
    expect(await correlation.counts('default')).toMatchObject({ review: expect.any(Number) as number })
    await expect(correlation.queue('default', { first: 1, after: 'x' })).rejects.toMatchObject({
      failure: { code: 'list.bad_cursor' },
    })
  })
})
