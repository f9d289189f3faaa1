import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startWorld, type World } from '../server/test/world.ts'

/** A change from a terminal: planned, looked at, applied by the workers, read back; and each way it is refused. */
const main = fileURLToPath(new URL('./main.ts', import.meta.url))
let world: World
let key = ''

function owlie(...args: string[]): Promise<{ code: number | null; out: string; talk: string }> {
  const env = { ...world.environment, OWLIE_URL: world.url(), OWLIE_API_KEY: key }
  const child = spawn(process.execPath, [main, ...args], { env })
  let out = ''
  let talk = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (talk += chunk.toString()))
  child.stdin.end(`${world.sandbox.applications.everything.clientSecret}\n`)
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, talk })))
}

beforeAll(async () => {
  world = await startWorld({ users: 20, roles: 3, organizations: 2 })
  const made = await owlie('api-key', 'create', '--local', '--name', 'story', '--scopes', '*', '--json')
  key = (JSON.parse(made.out) as { key: string }).key
  const { everything } = world.sandbox.applications
  const created = await owlie(
    ...['connection', 'create', 'auth0', '--name', 'Auth0', '--domain', world.sandbox.domain],
    ...[
      '--client-id',
      everything.clientId,
      '--scopes',
      everything.scopes.join(' '),
      '--secret-stdin',
      '--json',
    ],
  )
  expect(created.code, created.talk).toBe(0)
}, 120_000)
afterAll(() => world.close())

interface Told {
  id: string
  state: string
  plan: { hash: string; destroy: number }
}
const told = ({ out }: { out: string }) => JSON.parse(out) as Told

it('plans, applies and shows a change', async () => {
  const [user] = [...world.sandbox.tenant.users]
  const id = user!.user_id
  const planned = await owlie(
    'plan',
    'create',
    'Auth0',
    '--action',
    'user.block',
    '--target',
    `user=${id}`,
    '--json',
  )
  expect(planned.code, planned.talk).toBe(0)
  const operation = told(planned)
  expect(operation).toMatchObject({ state: 'planned', plan: { destroy: 1 } })

  const shown = await owlie('plan', 'show', operation.id)
  expect(shown.talk).toContain('− Block user')
  expect(shown.talk).toContain('PATCH /users/')
  expect(shown.talk).toContain('blocked: false → true')
  expect(shown.talk).toContain('--confirm 1')

  expect((await owlie('plan', 'apply', operation.id)).code).toBe(1)
  expect((await owlie('plan', 'apply', operation.id, '--confirm', '1', '--hash', 'f'.repeat(64))).code).toBe(
    7,
  )
  expect(world.sandbox.writes.entries).toEqual([])

  const applied = await owlie('plan', 'apply', operation.id, '--confirm', '1', '--json')
  expect(applied.code, applied.talk).toBe(0)
  expect(told(applied).state).toBe('applied')
  expect(world.sandbox.tenant.users.get(id)!.blocked).toBe(true)

  const receipt = await owlie('operation', 'show', operation.id)
  expect(receipt.talk).toContain('applied, verified')
  const list = await owlie('operation', 'list', 'Auth0')
  expect(list.out).toContain(operation.id)
  expect((await owlie('operation', 'recover', operation.id)).code).toBe(7)
})

it('ends with 7 when what the plan goes by has moved, and shows what', async () => {
  const role = world.sandbox.tenant.addRole({ name: 'Moving' })
  const planned = await owlie(
    ...['plan', 'create', 'Auth0', '--action', 'role.update'],
    ...['--target', `role=${role.id}`, '--set', 'description=Ours', '--json'],
  )
  const operation = told(planned)
  world.sandbox.tenant.updateRole(role.id, { description: 'Theirs' })
  const stale = await owlie('plan', 'apply', operation.id)
  expect(stale.code).toBe(7)
  expect(stale.talk).toContain('moved')
  expect(stale.talk).toContain('Theirs')
  const applied = await owlie('plan', 'apply', operation.id)
  expect(applied.code, applied.talk).toBe(0)
  expect(world.sandbox.tenant.roles.get(role.id)!.description).toBe('Ours')
})

it('says no before anything is planned, with the field', async () => {
  const wrong = await owlie('plan', 'create', 'Auth0', '--action', 'role.create', '--set', 'nam=x')
  expect(wrong.code).toBe(1)
  expect(wrong.talk).toContain('items.1.input')
  expect((await owlie('operation', 'show', '00000000-0000-4000-8000-000000000000')).code).toBe(6)
})
