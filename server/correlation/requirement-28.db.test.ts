import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ada, rowsOf } from '../identities/test/people.ts'
import { granted, openTenant, type Tenant, verified } from './test/tenant.ts'

let tenant: Tenant
let { database, identities, correlation, auth0, staff, put, pass, linkOf, queued } = {} as Tenant

beforeAll(async () => {
  tenant = await openTenant()
  ;({ database, identities, correlation, auth0, staff, put, pass, linkOf, queued } = tenant)
})
afterAll(() => tenant.database.close())

describe('requirement 28: accounts link after ingestion', () => {
  it('one identity holds accounts of two systems; a likely duplicate is offered and never merged unasked', async () => {
    const inAuth0 = await put(
      auth0,
      { externalId: 'auth0|ada', name: 'Ada Lovelace', email: 'ada@r28.org', attributes: verified },
      {
        externalId: 'auth0|max',
        name: 'Max Weber',
        email: 'max@r28.org',
        attributes: { email_verified: false },
      },
    )
    await pass()
    const inStaff = await put(
      staff,
      {
        externalId: '1',
        name: 'Lovelace, Ada',
        email: 'ADA@r28.org',
        attributes: { confirmed: true, title: 'Countess' },
      },
      { externalId: '2', name: 'Weber Max', email: 'max@r28.org', attributes: { confirmed: true } },
    )
    await pass()
    const person = await linkOf(inAuth0.get('auth0|ada'))
    expect(await linkOf(inStaff.get('1'))).toMatchObject({
      ...{ identityId: person!.identityId, origin: 'rule', rule: 'email', score: 100, decidedBy: 'Owlie' },
      evidence: expect.arrayContaining([
        {
          rule: 'email',
          value: 'ada@r28.org',
          sentence: expect.stringContaining('verified on both sides') as string,
        },
      ]) as object,
    })
    expect(await identities.get('default', person!.identityId!)).toMatchObject({
      ...{ displayName: 'Ada Lovelace', accountCount: 2, profile: { title: 'Countess' } },
    })

    const max = (await linkOf(inAuth0.get('auth0|max')))!.identityId!
    expect(await linkOf(inStaff.get('2'))).toBeUndefined()
    const waiting = await correlation.queueItem('default', inStaff.get('2')!)
    expect(waiting).toMatchObject({
      ...{ identityId: null, score: 50 },
      candidates: [
        {
          ...{ identityId: max, rule: 'email_unverified', score: 50 },
          evidence: [
            { rule: 'email_unverified', value: 'max@r28.org' },
            { rule: 'name_domain', value: 'max weber@r28.org' },
          ],
        },
      ],
    })
    granted(await identities.link(ada, { accountId: inStaff.get('2')!, identityId: max }))
    expect(await queued(inStaff.get('2'))).toBe(null)
    await pass()
    expect(await rowsOf(database, 'correlation_candidate', 'account_id')).toEqual([])
    expect((await identities.get('default', max))?.accountCount).toBe(2)
  })

  it('two accounts of one tenant with the same verified address are one person, with unverified ones they wait', async () => {
    const ids = await put(
      auth0,
      { externalId: 'auth0|same', email: 'same@one.org', attributes: verified },
      { externalId: 'google-oauth2|same', email: 'same@one.org', attributes: verified },
      { externalId: 'sms|same', email: 'same@one.org', attributes: { email_verified: false } },
    )
    await pass()
    const found = await Promise.all(['auth0|same', 'google-oauth2|same'].map((id) => linkOf(ids.get(id))))
    expect(found[0]!.identityId).toBe(found[1]!.identityId)
    expect(found.map((link) => link!.rule).sort()).toEqual(['created', 'email'])
    expect(await linkOf(ids.get('sms|same'))).toBeUndefined()
    expect(await queued(ids.get('sms|same'))).toEqual([
      { identityId: found[0]!.identityId, rule: 'email_unverified' },
    ])
  })

  it('two identities that turn out to be the same are offered as duplicates, and merged by nobody', async () => {
    const a = await put(auth0, {
      externalId: 'auth0|dup',
      email: 'dup@one.org',
      attributes: { email_verified: false },
    })
    const b = await put(staff, { externalId: 'dup', email: 'dup2@one.org', attributes: { confirmed: true } })
    await pass()
    const [first, second] = [await linkOf(a.get('auth0|dup')), await linkOf(b.get('dup'))]
    expect(first!.identityId).not.toBe(second!.identityId)
    await put(auth0, { externalId: 'auth0|dup', email: 'dup@one.org', attributes: verified })
    await put(staff, { externalId: 'dup', email: 'dup@one.org', attributes: { confirmed: true } })
    await pass()
    expect((await linkOf(b.get('dup')))!.identityId).toBe(second!.identityId)
    const { nodes } = await correlation.queue('default', { first: 100 })
    const mine = nodes.filter(({ identityId }) =>
      [first!.identityId, second!.identityId].includes(identityId),
    )
    expect(mine).toHaveLength(2)
    granted(await identities.setApart(ada, b.get('dup')!, first!.identityId!))
    await pass()
    expect([await queued(a.get('auth0|dup')), await queued(b.get('dup'))]).toEqual([null, null])
  })
})
