import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '@owlie/connector-kit'
import { list } from '../audit/index.ts'
import { isRefusal, type Refusal } from '../model/index.ts'
import { testDatabase, type TestDatabase } from '../test/database.ts'
import { createIdentities, type Identities } from './index.ts'
import { ada, addConnection, connectors, putAccounts, rowsOf } from './test/people.ts'

let database: TestDatabase
let identities: Identities
let connectionId: string
let changes = 0

beforeAll(async () => {
  database = await testDatabase()
  identities = createIdentities({
    ...{ database, connectors, clock: systemClock },
    onChange: () => {
      changes += 1
      return Promise.resolve()
    },
  })
  connectionId = await database.tenant('default', (trx) => addConnection(trx, 'Auth0', 'auth0'))
})
afterAll(() => database.close())

const accounts = async (...externalIds: string[]) => {
  const seeds = externalIds.map((externalId) => ({ externalId, email: `${externalId}@example.com` }))
  const ids = await database.tenant('default', (trx) => putAccounts(trx, connectionId, seeds))
  return externalIds.map((externalId) => ids.get(externalId)!)
}

function granted<T extends object>(value: T | Refusal): T {
  if (isRefusal(value)) throw new Error(JSON.stringify(value.refused))
  return value
}
const codes = (value: object | Refusal) => (isRefusal(value) ? value.refused.map(({ code }) => code) : value)
const events = async (id: string) =>
  (await database.tenant('default', (trx) => list(trx, { first: 50, subjectId: id }))).events.map(
    ({ action }) => action,
  )
const linkOf = async (accountId: string) =>
  (await identities.linksByAccount('default', [accountId])).get(accountId)

describe('links', () => {
  it('an account is linked, moved and taken away, each audited under the identities it concerns', async () => {
    const [account] = await accounts('link-1')
    const one = granted(await identities.create(ada, { values: [{ name: 'display_name', value: 'One' }] }))
    const two = granted(await identities.create(ada, { values: [{ name: 'display_name', value: 'Two' }] }))
    const before = changes
    granted(await identities.link(ada, { accountId: account!, identityId: one.id }))
    expect(await linkOf(account!)).toMatchObject({ identityId: one.id, origin: 'manual', decidedBy: 'Ada' })
    expect((await identities.get('default', one.id))?.email).toBe('link-1@example.com')

    expect(codes(await identities.link(ada, { accountId: account!, identityId: two.id }))).toEqual([
      'identity.linked_elsewhere',
    ])
    granted(await identities.link(ada, { accountId: account!, identityId: two.id, moveFrom: one.id }))
    expect((await identities.get('default', one.id))?.email).toBe(null)
    expect((await identities.accountsOf('default', two.id)).map(({ accountId }) => accountId)).toEqual([
      account,
    ])

    expect(codes(await identities.unlink(ada, account!, one.id))).toEqual(['identity.not_linked'])
    granted(await identities.unlink(ada, account!, two.id))
    expect(await linkOf(account!)).toMatchObject({ identityId: null, origin: 'manual' })
    expect(changes - before).toBe(3)
    expect(await events(one.id)).toEqual([
      'identity.account_moved_away',
      'identity.account_linked',
      'identity.created',
    ])
    expect(await events(two.id)).toEqual([
      'identity.account_unlinked',
      'identity.account_linked',
      'identity.created',
    ])
    const apart = (await rowsOf(database, 'identity_apart', 'identity_id')) as { identity_id: string }[]
    expect(apart.map((row) => row.identity_id).sort()).toEqual([one.id, two.id].sort())
  })

  it('a mark as service account comes and goes without a trace when nothing else was decided', async () => {
    const [account] = await accounts('robot')
    granted(await identities.setNature(ada, account!, 'service'))
    expect(await linkOf(account!)).toMatchObject({ nature: 'service', identityId: null })
    const made = granted(await identities.createFor(ada, account!))
    expect(made).toMatchObject({ kind: 'machine', displayName: 'robot' })
    granted(await identities.unlink(ada, account!, made.id))
    granted(await identities.setNature(ada, account!, 'personal'))
    expect(await linkOf(account!)).toMatchObject({ nature: 'personal', identityId: null, origin: 'manual' })

    const [other] = await accounts('robot-2')
    granted(await identities.setNature(ada, other!, 'service'))
    granted(await identities.setNature(ada, other!, 'personal'))
    expect(await linkOf(other!)).toBeUndefined()
  })

  it('a service account says nothing about the person who answers for it', async () => {
    const [account] = await accounts('ci-bot')
    const owner = granted(
      await identities.create(ada, { values: [{ name: 'display_name', value: 'Owner' }] }),
    )
    granted(await identities.setNature(ada, account!, 'service'))
    granted(await identities.link(ada, { accountId: account!, identityId: owner.id }))
    expect(await identities.get('default', owner.id)).toMatchObject({ email: null, accountCount: 1 })
    expect(await linkOf(account!)).toMatchObject({ nature: 'service', identityId: owner.id })
  })

  it('an account whose name looks like a credential can be decided about all the same', async () => {
    const name = `Bearer ${'x'.repeat(30)}`
    const ids = await database.tenant('default', (trx) =>
      putAccounts(trx, connectionId, [{ externalId: 'sly', name }]),
    )
    const made = granted(await identities.createFor(ada, ids.get('sly')!))
    expect(made.displayName).toBe(name)
    granted(await identities.unlink(ada, ids.get('sly')!, made.id))
    expect(await events(made.id)).toEqual(['identity.account_unlinked', 'identity.created'])
    const two = granted(await identities.create(ada, { values: [{ name: 'display_name', value: 'Two' }] }))
    const merge = { fromId: made.id, intoId: two.id }
    expect(codes(await identities.merge(ada, { ...merge, reason: name }))).toEqual(['identity.bad_reason'])
    granted(await identities.merge(ada, merge))
  })

  it('ids that are none, or of nothing, are refused', async () => {
    const [account] = await accounts('lonely')
    const nothing = '00000000-0000-4000-8000-000000000000'
    for (const id of [nothing, 'x']) {
      expect(codes(await identities.link(ada, { accountId: account!, identityId: id }))).toEqual([
        'identity.not_found',
      ])
      expect(codes(await identities.link(ada, { accountId: id, identityId: nothing }))).toEqual([
        'identity.account_not_found',
      ])
      expect(codes(await identities.merge(ada, { fromId: id, intoId: nothing }))).toEqual([
        'identity.not_found',
      ])
      expect(codes(await identities.unmerge(ada, id))).toEqual(['identity.not_found'])
      expect(await identities.get('default', id)).toBe(null)
      expect(await identities.attributesOf('default', id)).toEqual([])
      expect(await identities.timeline('default', id, 5)).toEqual([])
    }
  })
})

describe('merge and unmerge', () => {
  it('unmerge restores every row of links, verdicts and identities as it was', async () => {
    const [a, b, c, stranger] = await accounts('m-a', 'm-b', 'm-c', 'm-stranger')
    const from = granted(await identities.createFor(ada, a!))
    granted(await identities.link(ada, { accountId: b!, identityId: from.id }))
    const into = granted(await identities.createFor(ada, c!))
    granted(await identities.setApart(ada, stranger!, from.id))
    // Said to be different, then merged all the same: that word comes back with the unmerge.
    granted(await identities.setApart(ada, a!, into.id))
    await database.tenant('default', (trx) =>
      sql`update identity_account set origin = 'rule', rule = 'email', score = 100,
          evidence = '[{"rule":"email","sentence":"s","value":"v"}]' where account_id = ${b}`.execute(trx),
    )
    const state = async () => ({
      links: await rowsOf(database, 'identity_account', 'account_id'),
      apart: await rowsOf(database, 'identity_apart', 'account_id, identity_id'),
      identities: (await Promise.all([from.id, into.id].map((id) => identities.get('default', id)))).map(
        (identity) => ({ ...identity, updatedAt: null }),
      ),
    })
    const before = await state()

    granted(await identities.merge(ada, { fromId: from.id, intoId: into.id, reason: 'the same person' }))
    expect((await identities.accountsOf('default', into.id)).length).toBe(3)
    expect(await identities.get('default', from.id)).toMatchObject({ mergedInto: into.id, accountCount: 0 })
    const apart = (await rowsOf(database, 'identity_apart', 'account_id')) as {
      account_id: string
      identity_id: string
    }[]
    expect(
      apart
        .filter((row) => row.account_id === stranger)
        .map((row) => row.identity_id)
        .sort(),
    ).toEqual([from.id, into.id].sort())
    expect(apart.some((row) => row.account_id === a)).toBe(false)
    expect((await identities.list('default', { first: 100 })).nodes.map(({ id }) => id)).not.toContain(
      from.id,
    )
    expect(codes(await identities.link(ada, { accountId: stranger!, identityId: from.id }))).toEqual([
      'identity.was_merged',
    ])

    const undone = granted(await identities.unmerge(ada, from.id))
    expect(undone.stayed).toEqual([])
    expect(await state()).toEqual(before)
    expect(codes(await identities.unmerge(ada, from.id))).toEqual(['identity.not_merged'])
    expect((await identities.mergesOf('default', from.id))[0]).toMatchObject({
      ...{ reason: 'the same person', mergedBy: 'Ada', undoneBy: 'Ada' },
      accountIds: [a, b].sort(),
    })
    expect((await events(into.id)).slice(0, 2)).toEqual(['identity.unmerged', 'identity.merged'])
  })

  it('what an admin moved on since the merge stays where it is', async () => {
    const [a, b, c] = await accounts('s-a', 's-b', 's-c')
    const from = granted(await identities.createFor(ada, a!))
    granted(await identities.link(ada, { accountId: b!, identityId: from.id }))
    const into = granted(await identities.createFor(ada, c!))
    granted(await identities.merge(ada, { fromId: from.id, intoId: into.id }))
    granted(await identities.unlink(ada, b!, into.id))
    const { stayed } = granted(await identities.unmerge(ada, from.id))
    expect(stayed).toEqual([b])
    expect((await linkOf(b!))?.identityId).toBe(null)
    expect((await linkOf(a!))?.identityId).toBe(from.id)
  })

  it('merges are undone from the last', async () => {
    const [a, b, c] = await accounts('c-a', 'c-b', 'c-c')
    const made = []
    for (const account of [a, b, c]) made.push(granted(await identities.createFor(ada, account!)))
    const [one, two, three] = made
    granted(await identities.merge(ada, { fromId: one!.id, intoId: two!.id }))
    granted(await identities.merge(ada, { fromId: two!.id, intoId: three!.id }))
    expect(codes(await identities.unmerge(ada, one!.id))).toEqual(['identity.merge_is_covered'])
    granted(await identities.unmerge(ada, two!.id))
    granted(await identities.unmerge(ada, one!.id))
    for (const [place, account] of [a, b, c].entries()) {
      expect((await linkOf(account!))?.identityId).toBe(made[place]!.id)
    }
    expect(codes(await identities.merge(ada, { fromId: one!.id, intoId: one!.id }))).toEqual([
      'identity.merge_into_itself',
    ])
  })
})

describe('tenants', () => {
  it('another tenant sees, links and merges none of it', async () => {
    await database.system((trx) => trx.insertInto('tenant').values({ id: 'other', name: 'Other' }).execute())
    const eve = { ...ada, tenantId: 'other', id: 'eve', name: 'Eve' }
    const [account] = await accounts('t-a')
    const mine = granted(await identities.createFor(ada, account!))
    expect(await identities.get('other', mine.id)).toBe(null)
    expect((await identities.list('other', { first: 10 })).total).toBe(0)
    expect((await identities.linksByAccount('other', [account!])).size).toBe(0)
    expect(codes(await identities.unlink(eve, account!, mine.id))).toEqual(['identity.account_not_found'])
    expect(codes(await identities.merge(eve, { fromId: mine.id, intoId: mine.id }))).toEqual([
      'identity.not_found',
    ])
    const tables = ['identity', 'identity_key', 'identity_account', 'identity_apart', 'identity_merge']
    await database.tenant('other', async (trx) => {
      for (const table of tables) {
        const { rows } = await sql`select 1 from ${sql.table(table)}`.execute(trx)
        expect([table, rows.length]).toEqual([table, 0])
      }
    })
  })
})
