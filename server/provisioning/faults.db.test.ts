import { auth0 } from '@owlie/connector-auth0'
import type { Connector } from '@owlie/connector-kit'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Connection } from '../connections/index.ts'
import { ada, type Bench, codes, granted, item, useBench } from './test/bench.ts'

const { opened, next, person, role, organization, newUser, wrote, states, entries } = useBench()
let bench: Bench
let connection: Connection
beforeAll(() => {
  ;({ bench, connection } = opened())
})

describe('when it does not go well', () => {
  test('F17: a lost reply: looked up and adopted, never a second create', async () => {
    bench.sandbox.faults.add({
      match: { method: 'POST', route: '/users' },
      times: 1,
      effect: { kind: 'drop', when: 'after' },
    })
    const operation = await bench.run(connection, [newUser()])
    expect(operation.state).toBe('applied')
    expect(wrote()).toEqual(['user.created'])
    expect(await entries(operation)).toEqual([
      'intent user.create',
      'outcome unknown',
      'look happened',
      'proof applied',
    ])
  })

  test('F46: 409 because somebody was faster: what is there is adopted, and no second one made', async () => {
    const wish = newUser()
    const email = String(wish.input['email'])
    const planned = await bench.wish(connection, [wish])
    // After the last look before the touch.
    let id = ''
    bench.sandbox.faults.add({
      match: { method: 'GET', route: '/users-by-email' },
      times: 1,
      effect: {
        kind: 'rewrite',
        change(body) {
          id = bench.sandbox.tenant.addUser({ email, name: 'New' }).user_id
          return body
        },
      },
    })
    const ended = await bench.drive(await bench.approve(planned))
    expect(ended.state).toBe('applied')
    expect(wrote()).toEqual([])
    expect(bench.sandbox.requests.entries.filter(({ status }) => status === 409)).toHaveLength(1)
    expect((await bench.provisioning.steps(ada.tenantId, ended.id))[0]).toMatchObject({
      externalId: id,
      attempts: 1,
    })
    expect([...bench.sandbox.tenant.users].filter((user) => user.email === email)).toHaveLength(1)
  })

  test('F47: the limit of 50 roles: not tried again, and the step says the limit and how many there are', async () => {
    const a = person()
    for (let at = 0; at < 50; at++) bench.sandbox.tenant.assignRole(a, role())
    const match = { method: 'POST', route: '/users/{id}/roles' }
    const body = { statusCode: 400, error: 'Bad Request', message: 'x', errorCode: 'max_roles_reached' }
    const both = { method: 'POST', route: '/roles/{id}/users' }
    const faults = [match, both].map((one) =>
      bench.sandbox.faults.add({ match: one, effect: { kind: 'answer', status: 400, body } }),
    )
    const operation = await bench.run(connection, [item('role.assign', { user: [a], role: [role()] })])
    expect(operation.state).toBe('failed')
    expect(faults.map((id) => bench.sandbox.faults.fired(id)).toSorted()).toEqual([0, 1])
    const [step] = await bench.provisioning.steps(ada.tenantId, operation.id)
    expect(step).toMatchObject({ state: 'refused', attempts: 1, failure: { kind: 'rejected' } })
    expect(step!.failure!.why).toBe('max_roles_reached; the user holds 50 roles now')
    expect(step!.failure!.remedy).toContain('a user can hold 50 roles')
  })

  test('dropped before the effect: looked up, then touched again under the same change id', async () => {
    bench.sandbox.faults.add({
      match: { method: 'POST', route: '/roles' },
      times: 1,
      effect: { kind: 'drop', when: 'before' },
    })
    const operation = await bench.run(connection, [item('role.create', {}, { name: `Made ${next()}` })])
    expect(operation.state).toBe('applied')
    expect(wrote()).toEqual(['role.created'])
    expect(await entries(operation)).toEqual([
      ...['intent role.create', 'outcome unknown', 'look did_not_happen'],
      ...['intent role.create', 'outcome applied', 'proof applied'],
    ])
    const [step] = await bench.provisioning.steps(ada.tenantId, operation.id)
    expect(step).toMatchObject({ attempts: 2, externalId: expect.stringMatching(/^rol_/) as string })
  })

  test('429 waits until the time the target names and goes on', async () => {
    bench.sandbox.faults.add({
      match: { method: 'POST', route: '/roles' },
      times: 1,
      effect: { kind: 'answer', status: 429, body: { statusCode: 429 }, headers: { 'retry-after': '1' } },
    })
    const operation = await bench.run(connection, [item('role.create', {}, { name: `Made ${next()}` })])
    expect(operation.state).toBe('applied')
    expect(wrote()).toEqual(['role.created'])
  })

  test('a step that fails leaves its journal and the others done; recovery does only what is left (36)', async () => {
    const [a, b, c] = [person(), person(), person()]
    const o = organization()
    const planned = await bench.wish(connection, [
      item('user.update', { user: [a] }, { name: 'A' }),
      item('user.update', { user: [b] }, { name: 'B' }),
      item('organization.add_members', { organization: [o], user: [a, b, c] }),
    ])
    const id = bench.sandbox.faults.add({
      match: { method: 'PATCH', contains: b },
      effect: { kind: 'answer', status: 400, body: { statusCode: 400, errorCode: 'invalid_body' } },
    })
    const failed = await bench.drive(await bench.approve(planned))
    expect(failed).toMatchObject({
      state: 'failed',
      failure: { code: 'operation.incomplete' },
      progress: { done: 2, failed: 1 },
    })
    expect(await states(failed)).toEqual(['applied', 'refused', 'applied'])
    bench.sandbox.faults.clear(id)
    bench.sandbox.writes.reset()
    const recovered = await bench.drive(granted(await bench.provisioning.recover(ada, failed.id)))
    // The preview: one step, the rest is so already.
    expect(recovered).toMatchObject({ state: 'planned', plan: { summary: { change: 1, same: 4 } } })
    expect(await bench.drive(await bench.approve(recovered))).toMatchObject({ state: 'applied' })
    expect(wrote()).toEqual(['user.updated'])
  })

  test('recovery in one go, where nothing in it is new', async () => {
    const o = organization()
    const [a, b] = [person(), person()]
    const planned = await bench.wish(connection, [
      item('organization.add_members', { organization: [o], user: [a, b] }),
    ])
    bench.sandbox.tenant.removeUser(b)
    const failed = await bench.drive(await bench.approve(planned))
    expect(failed.state).toBe('failed')
    // Refused in company, so each goes by itself now, and the one that can be added is.
    const again = await bench.drive(
      granted(await bench.provisioning.recover(ada, failed.id, { carryOn: true })),
    )
    expect(again).toMatchObject({ state: 'failed', progress: { steps: 2, done: 1, failed: 1 } })
    expect(wrote()).toEqual(['organization.member.added'])
  })

  test('changed in the dashboard between plan and touch: stale, made anew, and what moved is said', async () => {
    const a = person()
    const planned = await bench.wish(connection, [item('user.update', { user: [a] }, { name: 'Ours' })])
    bench.sandbox.tenant.updateUser(a, { name: 'Theirs' })
    const again = await bench.drive(await bench.approve(planned))
    expect(again).toMatchObject({ state: 'planned', plan: { number: 2 } })
    expect(again.plan!.summary.moved).toMatchObject([{ from: 'Before', to: 'Theirs' }])
    expect(wrote()).toEqual([])
    expect(
      codes(await bench.provisioning.approve(ada, { id: planned.id, hash: planned.plan!.hash })),
    ).toEqual(['plan.stale'])
    expect(await bench.drive(await bench.approve(again))).toMatchObject({ state: 'applied' })
    expect(bench.sandbox.tenant.users.get(a)!.name).toBe('Ours')
  })

  test('cancelled during apply: the step in hand ends, the rest is skipped and no longer wished', async () => {
    const [a, b, o] = [person(), person(), organization()]
    const planned = await bench.wish(connection, [
      item('user.update', { user: [a] }, { nickname: 'first' }),
      item('role.assign', { role: [role()], user: [b] }),
      item('organization.add_members', { organization: [o], user: [b] }),
    ])
    const tried = await bench.drive(await bench.approve(planned, { tryOne: true }))
    const intents = async () =>
      (
        await bench.assignments.of(ada.tenantId, { account: { connectionId: connection.id, externalId: b } })
      ).map(({ wanted }) => wanted)
    expect(await intents()).toEqual([true, true])
    expect(granted(await bench.provisioning.cancel(ada, tried.id)).state).toBe('cancelled')
    expect(await states(tried)).toEqual(['applied', 'skipped', 'skipped'])
    expect(await intents()).toEqual([false, false])
    expect(wrote()).toEqual(['user.updated'])
    // And it can be gone on with after all.
    const again = await bench.drive(granted(await bench.provisioning.recover(ada, tried.id)))
    expect(again).toMatchObject({ state: 'planned', plan: { summary: { change: 2 } } })
  })

  test.each(['before the touch', 'after the touch'])(
    'a worker that dies %s: the next one looks first',
    async (when) => {
      const planned = await bench.wish(connection, [newUser()])
      await bench.approve(planned)
      const dying: Connector = {
        ...auth0,
        apply: {
          ...auth0.apply,
          'user.create': async (session, change) => {
            if (when === 'after the touch') await auth0.apply!['user.create']!(session, change)
            throw new Error('killed')
          },
        },
      }
      const context = { signal: new AbortController().signal, processId: 'dying', attempt: 1 }
      await bench.another(dying).tasks['provisioning.turn']!(
        { tenantId: ada.tenantId, operationId: planned.id },
        context,
      )
      expect(bench.defects.splice(0)).toHaveLength(1)
      expect(await states(planned)).toEqual(['touching'])
      const ended = await bench.drive(planned)
      expect(ended.state).toBe('applied')
      expect(wrote()).toEqual(['user.created'])
    },
  )

  test('two workers at once: one lease, one effective write per step', async () => {
    const r = Array.from({ length: 6 }, () => role())
    const planned = await bench.wish(
      connection,
      r.map((id) => item('role.update', { role: [id] }, { description: 'y' })),
    )
    await bench.approve(planned)
    const other = bench.another()
    await Promise.all(
      [bench.drive(planned), bench.drive(planned, other)].map((each) => each.catch(() => null)),
    )
    const ended = await bench.drive(planned)
    expect(ended.state).toBe('applied')
    expect(wrote()).toHaveLength(6)
  })
})
