import { beforeAll, describe, expect, test } from 'vitest'
import type { Connection } from '../connections/index.ts'
import { type Actor, isRefusal } from '../model/index.ts'
import type { Item, Operation } from './index.ts'
import { ada, type Bench, bob, codes, granted, item, useBench } from './test/bench.ts'

const { opened, next, person, role, organization, newUser, wrote, states, entries } = useBench()
let bench: Bench
let connection: Connection
beforeAll(() => {
  ;({ bench, connection } = opened())
})

describe('from a wish to a proven change', () => {
  test('every step has one effective write that carries its change id, an intent before and a proof after', async () => {
    const [a, b, c, o, r] = [person(), person(), person(), organization(), role()]
    const operation = await bench.run(connection, [
      newUser(),
      item('user.update', { user: [a] }, { name: 'After' }),
      item('user.block', { user: [b] }),
      item('organization.add_members', { organization: [o], user: [a, b, c] }),
      item('role.assign', { role: [r], user: [a, b] }),
      item('organization_role.assign', { organization: [o], role: [r], user: [c] }),
      item('organization.create', {}, { name: `made-${next()}` }),
    ])
    expect(operation).toMatchObject({ state: 'applied', failure: null, progress: { failed: 0 } })
    const steps = await bench.provisioning.steps(ada.tenantId, operation.id)
    // Taking away first; a block brings the end of sessions along; a role inside an organization after the membership.
    expect(steps.map(({ action }) => action)).toEqual([
      'user.block',
      'user.revoke_sessions',
      'user.create',
      'organization.create',
      'user.update',
      'role.assign',
      'organization.add_members',
      'organization_role.assign',
    ])
    for (const step of steps) {
      expect(step).toMatchObject({ state: 'applied', attempts: 1 })
      expect(step.proof).toBe(step.action === 'user.revoke_sessions' ? 'unproven' : 'verified')
      const effects = bench.sandbox.writes.of(step.changeId)
      expect(effects).toHaveLength(Math.max(1, step.units.length))
      expect(new Set(effects.map(({ route }) => route)).size).toBe(1)
    }
    const log = await entries(operation)
    expect(log.slice(0, 3)).toEqual(['intent user.block', 'outcome applied', 'proof applied'])
  })

  test('what is so already takes no step, and nothing is touched', async () => {
    const [a, o] = [person(), organization()]
    bench.sandbox.tenant.addMember(o, a)
    const operation = await bench.wish(connection, [
      item('organization.add_members', { organization: [o], user: [a] }),
    ])
    expect(operation).toMatchObject({ state: 'applied', plan: { summary: { same: 1, change: 0 } } })
    expect(operation.plan!.summary.adopted).toEqual([expect.stringContaining('already so')])
    expect(wrote()).toEqual([])
  })

  test('an account that is there is adopted and only changed where it differs; create cannot come back (34)', async () => {
    const email = `there${next()}@prov.example`
    const there = bench.sandbox.tenant.addUser({ email, name: 'There' }).user_id
    const planned = await bench.wish(connection, [newUser(email)])
    expect(
      (await bench.provisioning.steps(ada.tenantId, planned.id)).map(({ action, target }) => [
        action,
        target,
      ]),
    ).toEqual([['user.update', { user: [there] }]])
    const ended = await bench.drive(await bench.approve(planned))
    expect(ended.state).toBe('applied')
    expect(wrote()).toEqual(['user.updated'])
    const [intent] = await bench.assignments.of(ada.tenantId, {
      account: { connectionId: connection.id, externalId: there },
    })
    expect(intent).toMatchObject({ is: 'object', wanted: true, externalId: there })
  })

  test('a thousand memberships take a hundred writing requests', async () => {
    const users = Array.from({ length: 1000 }, () => person())
    const o = organization()
    const operation = await bench.run(connection, [
      item('organization.add_members', { organization: [o], user: users }),
    ])
    expect(operation).toMatchObject({ state: 'applied', progress: { steps: 100, done: 100 } })
    expect(bench.sandbox.writes.entries).toHaveLength(1000)
    expect(new Set(bench.sandbox.writes.entries.map(({ correlationId }) => correlationId)).size).toBe(100)
  }, 60_000)
})

describe('at the door', () => {
  test('a malformed, immutable, unknown or forbidden wish makes no operation and no request (30, 33)', async () => {
    const before = await bench.provisioning.list(ada.tenantId, { first: 1000 })
    bench.sandbox.requests.reset()
    const submit = (items: readonly Item[]) =>
      bench.provisioning.submit(ada, { connectionId: connection.id, items })
    expect(codes(await submit([]))).toEqual(['operation.empty'])
    const many = Array.from({ length: 9000 }, (_, at) => `auth0|${at}`)
    const long = { user_metadata: { note: 'x'.repeat(100_000) } }
    expect(codes(await submit([item('user.update', { user: many }, long)]))).toEqual(['operation.too_large'])
    expect(codes(await submit([item('user.clone', {})]))).toEqual(['change.unknown_action'])
    expect(codes(await submit([item('user.create', {}, { connection: 'x', email: 'no' })]))).toContain(
      'change.malformed',
    )
    expect(codes(await submit([item('user.update', { user: ['auth0|x'] }, { user_id: 'auth0|y' })]))).toEqual(
      ['change.immutable'],
    )
    expect(codes(await submit([item('role.create', {}, {})]))).toEqual(['change.malformed'])
    const answer = await submit([
      item('user.update', { user: ['auth0|x'] }, { email: 'a@b.co', username: 'u' }),
    ])
    expect(isRefusal(answer) && answer.refused[0]).toMatchObject({
      code: 'change.not_together',
      field: 'items.1.input.username',
    })
    expect((await bench.provisioning.list(ada.tenantId, { first: 1000 })).nodes).toHaveLength(
      before.nodes.length,
    )
    expect(bench.sandbox.requests.entries).toEqual([])
  })

  test('with the read-only preset nothing is planned; what the full preset lacks is named exactly (10, 11)', async () => {
    const readOnly = await bench.connect('readOnly')
    const full = await bench.connect('full')
    const r = role()
    const assign = item('role.assign', { role: [r], user: [person()] })
    const scopes = async (on: Connection, items: readonly Item[]) => {
      const answer = await bench.provisioning.submit(ada, { connectionId: on.id, items })
      return isRefusal(answer) ? answer.refused.flatMap((one) => one.scopes ?? []) : []
    }
    expect(await scopes(readOnly, [newUser()])).toEqual(['create:users'])
    expect(await scopes(full, [assign])).toEqual(['create:role_members'])
    expect(wrote()).toEqual([])
    const fullPlus = await bench.connect('fullPlus')
    expect(await bench.run(fullPlus, [assign])).toMatchObject({ state: 'applied' })
    expect(wrote()).toEqual(['role.assigned'])
  })

  test('one key is one operation and one effect; another wish under it is refused (31)', async () => {
    const items = [newUser()]
    const submit = (wish: readonly Item[]) =>
      bench.provisioning.submit(ada, { connectionId: connection.id, items: wish, idempotencyKey: 'ticket-1' })
    const answers = await Promise.all(Array.from({ length: 10 }, () => submit(items)))
    const ids = new Set(answers.map((answer) => granted(answer).id))
    expect(ids.size).toBe(1)
    expect(codes(await submit([newUser()]))).toEqual(['operation.key_reused'])
    const planned = await bench.drive(granted(answers[0]!))
    await bench.drive(await bench.approve(planned))
    expect(granted(await submit(items)).state).toBe('applied')
    expect(wrote()).toEqual(['user.created'])
  })
})

describe('approval', () => {
  test('names the plan; what is taken away is typed; the table of states says what may be done', async () => {
    const planned = await bench.wish(connection, [item('user.block', { user: [person()] })])
    const { id, plan } = planned
    const approve = (more: object) => bench.provisioning.approve(ada, { id, hash: plan!.hash, ...more })
    expect(codes(await bench.provisioning.approve(ada, { id, hash: 'f'.repeat(64) }))).toEqual(['plan.stale'])
    expect(codes(await approve({}))).toEqual(['plan.confirm_count'])
    expect(codes(await approve({ confirmCount: 2 }))).toEqual(['plan.confirm_count'])
    expect(granted(await approve({ confirmCount: 1 })).state).toBe('approved')
    expect(codes(await approve({ confirmCount: 1 }))).toEqual(['operation.is_approved'])
    expect(codes(await bench.provisioning.recover(ada, id))).toEqual(['operation.is_approved'])
    await bench.drive(planned)
  })

  test('above the guard a second person is needed', async () => {
    const users = Array.from({ length: 120 }, () => person())
    const planned = await bench.wish(connection, [item('user.delete', { user: users })])
    expect(planned.plan!.summary.guard).toMatchObject({ count: 120, secondPerson: true })
    const input = { id: planned.id, hash: planned.plan!.hash, confirmCount: 120 }
    expect(granted(await bench.provisioning.approve(ada, input)).state).toBe('planned')
    expect(codes(await bench.provisioning.approve(ada, input))).toEqual(['guard.second_person'])
    expect(granted(await bench.provisioning.approve(bob, input)).state).toBe('approved')
    granted(await bench.provisioning.cancel(ada, planned.id))
    expect(wrote()).toEqual([])
  })

  test('many small plans of a day are one large one', async () => {
    const own = await bench.connect('everything', 'Small plans')
    const block = (many: number) =>
      bench.wish(own, [item('user.block', { user: Array.from({ length: many }, () => person()) })])
    const [first, second, third] = [await block(3), await block(2), await block(1)]
    expect(third.plan!.summary.guard.secondPerson).toBe(false)
    expect((await bench.approve(first)).state).toBe('approved')
    expect((await bench.approve(second)).state).toBe('approved')
    const waits = await bench.approve(third)
    const why = expect.stringContaining('6 of 0 (Users)') as string
    expect(waits).toMatchObject({
      state: 'planned',
      plan: { approvedAt: null, summary: { guard: { count: 1, secondPerson: true, why } } },
    })
    const { id, plan } = third
    expect(codes(await bench.provisioning.approve(ada, { id, hash: plan!.hash, confirmCount: 1 }))).toEqual([
      'guard.second_person',
    ])
    // What is cancelled takes nothing away, and what two have approved is not held against the next.
    granted(await bench.provisioning.cancel(ada, second.id))
    expect((await bench.approve(third, { actor: bob })).state).toBe('approved')
    const fourth = await block(2)
    expect((await bench.approve(fourth)).state).toBe('approved')
    for (const one of [first, third, fourth]) granted(await bench.provisioning.cancel(ada, one.id))
    expect(wrote()).toEqual([])
  })

  test('a key nobody knows the owner of, and a person let in a moment ago, are not one of two people', async () => {
    const users = Array.from({ length: 120 }, () => person())
    const { id, plan } = await bench.wish(connection, [item('user.delete', { user: users })])
    const approve = (actor: Actor) =>
      bench.provisioning.approve(actor, { id, hash: plan!.hash, confirmCount: 120 })
    const key: Actor = { tenantId: ada.tenantId, id: 'k1', name: 'Terminal', kind: 'api_key' }
    expect(codes(await approve(key))).toEqual(['guard.second_person_unknown'])
    expect(codes(await approve({ ...key, personId: 'eve', standing: 'gone' }))).toEqual([
      'guard.second_person_unknown',
    ])
    granted(await approve(ada))
    expect(codes(await approve({ ...bob, standing: 'new' }))).toEqual(['guard.second_person_new'])
    expect(granted(await approve({ ...key, personId: bob.id })).state).toBe('approved')
    granted(await bench.provisioning.cancel(ada, id))
    // Where one is enough, a key made on the host is.
    const small = await bench.wish(connection, [item('user.block', { user: [person()] })])
    expect((await bench.approve(small, { actor: key })).state).toBe('approved')
    granted(await bench.provisioning.cancel(ada, small.id))
  })

  test('one person of two gets nothing done by recovering, nor what another has cancelled', async () => {
    const users = Array.from({ length: 12 }, () => person())
    const blocks = users.map((id) => item('user.block', { user: [id] }))
    const carriedOn = async ({ id }: Operation) =>
      bench.drive(granted(await bench.provisioning.recover(ada, id, { carryOn: true })))
    const planned = await bench.wish(connection, blocks)
    expect(planned.plan!.summary.guard.secondPerson).toBe(true)
    await bench.approve(planned)
    granted(await bench.provisioning.cancel(ada, planned.id))
    const again = await carriedOn(planned)
    expect(again).toMatchObject({ state: 'planned', plan: { number: 2, approvals: [], approvedAt: null } })
    await bench.approve(again)
    await bench.approve(again, { actor: bob })
    granted(await bench.provisioning.cancel(bob, planned.id))
    expect(await carriedOn(planned)).toMatchObject({ state: 'planned', plan: { number: 3, approvals: [] } })
    expect(wrote()).toEqual([])
  })

  test('recovery carries on with what was approved, not with what an earlier plan only proposed', async () => {
    const [a, b, r] = [person(), person(), role()]
    bench.sandbox.tenant.updateUser(a, { blocked: false })
    const planned = await bench.wish(connection, [
      item('user.block', { user: [a] }),
      item('role.assign', { role: [r], user: [b] }),
    ])
    // What was proposed is so when the plan is made anew, so nobody approves it.
    bench.sandbox.tenant.updateUser(a, { blocked: true })
    granted(await bench.provisioning.replan(ada, planned.id))
    const second = await bench.drive(planned)
    bench.sandbox.tenant.removeUser(b)
    const failed = await bench.drive(await bench.approve(second))
    expect(failed.state).toBe('failed')
    bench.sandbox.tenant.updateUser(a, { blocked: false })
    const third = await bench.drive(
      granted(await bench.provisioning.recover(ada, failed.id, { carryOn: true })),
    )
    expect(third.state).not.toBe('applied')
    expect(third.plan!.approvedAt).toBeNull()
    expect(bench.sandbox.tenant.users.get(a)!.blocked).toBe(false)
  })

  test('"try with one first" does one step and waits for another word', async () => {
    const r = [role(), role(), role()]
    const planned = await bench.wish(
      connection,
      r.map((id) => item('role.update', { role: [id] }, { description: 'x' })),
    )
    const tried = await bench.drive(await bench.approve(planned, { tryOne: true }))
    expect(tried).toMatchObject({ state: 'tried', progress: { steps: 3, done: 1 } })
    expect(wrote()).toEqual(['role.updated'])
    const ended = await bench.drive(await bench.approve(tried))
    expect(ended).toMatchObject({ state: 'applied', progress: { done: 3 } })
    expect(wrote()).toHaveLength(3)
  })
})

describe('intent', () => {
  test('the same wish again leaves the desired version; overlapping ones end at the higher (32, 35)', async () => {
    const [a, r] = [person(), role()]
    const assign = item('role.assign', { role: [r], user: [a] })
    const intent = async () =>
      (
        await bench.assignments.of(ada.tenantId, { account: { connectionId: connection.id, externalId: a } })
      )[0]!
    await bench.run(connection, [assign])
    expect(await intent()).toMatchObject({ wanted: true, desiredVersion: 1, appliedVersion: 1 })
    await bench.run(connection, [assign])
    expect(await intent()).toMatchObject({ desiredVersion: 1, appliedVersion: 1 })
    // Approved in one order, carried out in the other.
    bench.sandbox.tenant.unassignRole(a, r)
    const give = await bench.wish(connection, [assign])
    const giving = await bench.approve(give)
    bench.sandbox.tenant.assignRole(a, r)
    const take = await bench.wish(connection, [item('role.unassign', { role: [r], user: [a] })])
    const taking = await bench.approve(take)
    expect(await bench.drive(taking)).toMatchObject({ state: 'applied' })
    expect(await bench.drive(giving)).toMatchObject({ state: 'applied' })
    expect(await states(give)).toEqual(['superseded'])
    expect(await intent()).toMatchObject({ wanted: false, desiredVersion: 2, appliedVersion: 2 })
    expect(bench.sandbox.tenant.rolesOfUser(a)).toEqual([])
  })
})

test('what drift wants put back is an operation, planned and approved like any other', async () => {
  const [a, o] = [person(), organization()]
  const drift = {
    ...{ connectionId: connection.id, kind: 'organization_members', account: a, entitlement: o },
    ...{ driftId: 'drift-1', wanted: true, intended: null, observed: null },
    yields: 'grant' as const,
  }
  const made = await bench.database.tenant(ada.tenantId, (trx) => bench.provisioning.correct(trx, [drift]))
  const operation = (await bench.provisioning.get(ada.tenantId, made.get('drift-1')!))!
  const planned = await bench.drive(operation)
  expect(planned).toMatchObject({ state: 'planned', actor: 'Owlie', plan: { summary: { change: 1 } } })
  expect(await bench.drive(await bench.approve(planned))).toMatchObject({ state: 'applied' })
  expect(wrote()).toEqual(['organization.member.added'])
})

test('another tenant sees nothing of it', async () => {
  const [mine] = (await bench.provisioning.list(ada.tenantId, { first: 1 })).nodes
  await bench.database.pool
    .query(`insert into tenant (id, name) values ('other', 'Other') on conflict do nothing`)
    .catch(() => null)
  expect(await bench.provisioning.get('other', mine!.id)).toBeNull()
  expect((await bench.provisioning.list('other', { first: 10 })).nodes).toEqual([])
  expect(await bench.provisioning.steps('other', mine!.id)).toEqual([])
  expect(await bench.provisioning.journal('other', mine!.id)).toEqual([])
})
