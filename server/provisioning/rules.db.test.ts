import { beforeAll, expect, test } from 'vitest'
import type { Connection } from '../connections/index.ts'
import type { Actor } from '../model/index.ts'
import { ada, type Bench, codes, granted, item, useBench } from './test/bench.ts'

/** Operations that need no person's approval: off until somebody says so, and never for what takes away. */
const { opened, person, next, wrote } = useBench()
let bench: Bench
let connection: Connection
beforeAll(() => {
  ;({ bench, connection } = opened())
})

const set = (action: string, most: number | null) =>
  bench.provisioning.setRule(ada, { connectionId: connection.id, action, most })
const rename = (id: string) => item('user.update', { user: [id] }, { name: `New ${next()}` })
const audited = async (action: string) => {
  const query = 'select content::jsonb as content from audit_event where action = $1 order by seq'
  const { rows } = await bench.database.pool.query<{ content: object }>(query, [action])
  return rows.map(({ content }) => content)
}

test('off until it is set; then applied without a person, and said so in plan and audit', async () => {
  expect(await bench.provisioning.rules(ada.tenantId, connection.id)).toEqual([])
  expect((await bench.wish(connection, [rename(person())])).state).toBe('planned')

  granted(await set('user.update', 3))
  const operation = await bench.wish(connection, [rename(person())])
  expect(operation).toMatchObject({
    state: 'applied',
    plan: { approvals: [], approvedByPolicy: 'Update user, up to 3 a day' },
  })
  expect(wrote()).toEqual(['user.updated'])
  const approved = await audited('operation.approved_by_policy')
  expect(approved).toMatchObject([{ actor: { name: 'Owlie' }, detail: { planHash: operation.plan!.hash } }])
  expect(await audited('operation.approval_rule_set')).toMatchObject([
    { actor: { name: 'Ada' }, detail: { kind: 'user.update', from: 'none', to: '3' } },
  ])

  // The wish is an intention as if a person had approved it.
  const again = await bench.wish(connection, [...operation.items])
  expect(again.state).toBe('applied')
  expect(again.plan!.approvedByPolicy).toBeNull()
})

test('above what is left of the day, mixed with what has no rule, or taking away: a person is asked', async () => {
  expect((await bench.wish(connection, [rename(person()), rename(person()), rename(person())])).state).toBe(
    'planned',
  )
  const mixed = await bench.wish(connection, [
    rename(person()),
    item('role.create', {}, { name: `R ${next()}` }),
  ])
  expect(mixed.state).toBe('planned')
  expect((await bench.wish(connection, [item('user.block', { user: [person()] })])).state).toBe('planned')
  expect((await bench.wish(connection, [rename(person()), rename(person())])).state).toBe('applied')
  expect((await bench.wish(connection, [rename(person())])).state).toBe('planned')
})

test('what has moved since is not what was let through: a person is asked', async () => {
  granted(await set('role.update', 1000))
  const { tenant } = bench.sandbox
  const { id } = tenant.addRole({ name: `Moving ${next()}`, description: 'Before' })
  const wished = granted(
    await bench.provisioning.submit(ada, {
      connectionId: connection.id,
      items: [item('role.update', { role: [id] }, { description: 'Ours' })],
    }),
  )
  await bench.turn(wished)
  tenant.updateRole(id, { description: 'Theirs' })
  const stale = await bench.drive(wished)
  expect(stale).toMatchObject({ state: 'planned', plan: { number: 2, approvedByPolicy: null } })
  expect(tenant.roles.get(id)!.description).toBe('Theirs')
})

test('what takes away, an unknown action, or a number out of range cannot be a rule; null takes one away', async () => {
  expect(codes(await set('user.delete', 1))).toEqual(['approval_rule.destructive'])
  expect(codes(await set('user.fly', 1))).toEqual(['approval_rule.no_action'])
  for (const most of [0, 1001, 1.5])
    expect(codes(await set('user.update', most))).toEqual(['approval_rule.most'])
  granted(await set('user.update', null))
  granted(await set('user.update', null))
  const rules = await bench.provisioning.rules(ada.tenantId, connection.id)
  expect(rules.map(({ action }) => action)).toEqual(['role.update'])
  expect(await audited('operation.approval_rule_set')).toHaveLength(3)
  expect((await bench.wish(connection, [rename(person())])).state).toBe('planned')
})

test('another tenant sees and sets none', async () => {
  const eve: Actor = { ...ada, tenantId: 'other' }
  expect(await bench.provisioning.rules(eve.tenantId, connection.id)).toEqual([])
  const refused = await bench.provisioning.setRule(eve, {
    ...{ connectionId: connection.id, action: 'user.update', most: 1 },
  })
  expect(codes(refused)).toEqual(['connection.not_found'])
})
