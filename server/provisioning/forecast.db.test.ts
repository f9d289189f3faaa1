import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Connection } from '../connections/index.ts'
import type { Item } from './index.ts'
import type { PlanForecast } from './operation.ts'
import { type Bench, openBench } from './test/bench.ts'

/** What the plan says it takes, against what the target counted while it was carried out. */
let bench: Bench
let connection: Connection

beforeAll(async () => {
  bench = await openBench({ indexLagMs: 0 })
  connection = await bench.connect('everything')
}, 60_000)
afterAll(() => bench.close())

const item = (action: string, target: Item['target'], input: Item['input'] = {}): Item => ({
  action,
  target,
  input,
})
let names = 0
const person = () =>
  bench.sandbox.tenant.addUser({ email: `f${++names}@fore.example`, name: 'Before' }).user_id
const people = (count: number) => Array.from({ length: count }, person)
const role = () => bench.sandbox.tenant.addRole({ name: `Fore ${++names}` }).id
const organization = () => bench.sandbox.tenant.addOrganization({ name: `fore-${++names}` }).id

/** Plans and carries out; tokens apart, which are not asked for per operation. */
async function counted(items: readonly Item[]): Promise<{ forecast: PlanForecast; counted: object }> {
  const planned = await bench.wish(connection, items)
  expect(planned).toMatchObject({ state: 'planned', plan: { summary: { problems: [] } } })
  const approved = await bench.approve(planned)
  bench.sandbox.requests.reset()
  expect(await bench.drive(approved)).toMatchObject({ state: 'applied', failure: null })
  const sent = bench.sandbox.requests.entries.filter(({ target }) => target.startsWith('/api/v2/'))
  const reads = sent.filter(({ method }) => method === 'GET').length
  return { forecast: planned.plan!.summary.forecast, counted: { writes: sent.length - reads, reads } }
}

const cases: readonly (readonly [string, () => readonly Item[]])[] = [
  [
    'users made, changed, blocked and deleted',
    () => [
      item(
        'user.create',
        {},
        { connection: 'Username-Password-Authentication', email: `made${++names}@fore.example` },
      ),
      item('user.update', { user: [person()] }, { name: 'After' }),
      item('user.block', { user: [person()] }),
      item('user.delete', { user: [person()] }),
    ],
  ],
  [
    'roles made, changed and deleted',
    () => [
      item('role.create', {}, { name: `Made ${++names}` }),
      item('role.update', { role: [role()] }, { description: 'After' }),
      item('role.delete', { role: [role()] }),
    ],
  ],
  [
    'organizations made, changed and deleted',
    () => [
      item('organization.create', {}, { name: `made-${++names}` }),
      item('organization.update', { organization: [organization()] }, { display_name: 'After' }),
      item('organization.delete', { organization: [organization()] }),
    ],
  ],
  [
    'memberships of many, in batches',
    () => [item('organization.add_members', { organization: [organization()], user: people(57) })],
  ],
  ['a role for many', () => [item('role.assign', { role: [role()], user: people(23) })]],
]

test.each(cases)('%s: as many requests as foreseen', async (_name, wishes) => {
  const { forecast, counted: sent } = await counted(wishes())
  expect(sent).toEqual({ writes: forecast.writes, reads: forecast.reads })
})
