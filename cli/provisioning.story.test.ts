import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Credential, startWorld, type World } from '../server/test/world.ts'

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
  plan: { hash: string; destroy: number; writes: number }
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

async function inFile<T>(name: string, text: string, work: (path: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'owlie-wishes-'))
  try {
    await writeFile(join(directory, name), text)
    return await work(join(directory, name))
  } finally {
    await rm(directory, { recursive: true })
  }
}

it('takes many wishes from a CSV file: previewed line by line, a bad line stops all unless told', async () => {
  const { tenant } = world.sandbox
  const { id } = tenant.addOrganization({ name: 'from-file' })
  const users = tenant.users.rows().slice(0, 12)
  const good = ['organization,user', ...users.map(({ user_id }) => `${id},${user_id}`)].join('\n')
  const members = ['--action', 'organization.add_members']
  const operations = async () =>
    (JSON.parse((await owlie('operation', 'list', '--json')).out) as unknown[]).length
  const before = await operations()

  await inFile('people.csv', `${good}\n${id},\n`, async (path) => {
    const preview = await owlie('plan', 'create', 'Auth0', '--file', path, ...members, '--preview')
    expect(preview.code).toBe(1)
    expect(preview.talk).toContain('line 14: No user.')
    expect(preview.talk).toContain('13 wishes read: 12 can be used, 1 cannot.')
    expect(preview.talk).toContain(`line 2: organization.add_members organization=${id}`)
    const refused = await owlie('plan', 'create', 'Auth0', '--file', path, ...members)
    expect(refused.code).toBe(1)
    expect(refused.talk).toContain('line 14: No user.')
    expect(refused.talk).toContain('Nothing was submitted')
    const asJson = await owlie('plan', 'create', 'Auth0', '--file', path, ...members, '--json')
    expect(asJson.code).toBe(1)
    expect(JSON.parse(asJson.out)).toMatchObject({
      failures: [{ code: 'wishes.no_target', field: 'line 14 · user' }],
    })
    expect(await operations()).toBe(before)
    const skipped = await owlie('plan', 'create', 'Auth0', '--file', path, ...members, '--skip-bad', '--json')
    expect(skipped.code, skipped.talk).toBe(0)
    expect(told(skipped)).toMatchObject({ state: 'planned', plan: { writes: 2 } })
  })

  await inFile('people.csv', good, async (path) => {
    const planned = await owlie('plan', 'create', 'Auth0', '--file', path, ...members, '--json')
    const applied = await owlie('plan', 'apply', told(planned).id)
    expect(applied.code, applied.talk).toBe(0)
    expect(users.every(({ user_id }) => tenant.members(id).has(user_id))).toBe(true)
  })
})

it('takes them from a JSON list too, and refuses each line the target would refuse', async () => {
  const created = (email: string) => ({
    action: 'user.create',
    input: { connection: 'Username-Password-Authentication', email },
  })
  const text = JSON.stringify([created('one@file.example'), created('no address'), { action: 'user.fly' }])
  await inFile('people.json', text, async (path) => {
    const preview = await owlie('plan', 'create', 'Auth0', '--file', path, '--preview', '--json')
    expect(preview.code).toBe(1)
    const { lines, items } = JSON.parse(preview.out) as {
      lines: { line: number; problems: { code: string }[] }[]
      items: unknown[]
    }
    expect(lines.map(({ line, problems }) => [line, problems.length > 0])).toEqual([
      [1, false],
      [2, true],
      [3, true],
    ])
    expect(items).toEqual([{ ...created('one@file.example'), target: {} }])
  })
  await inFile('people.json', JSON.stringify([created('one@file.example')]), async (path) => {
    const planned = await owlie('plan', 'create', 'Auth0', '--file', path, '--json')
    const applied = await owlie('plan', 'apply', told(planned).id)
    expect(applied.code, applied.talk).toBe(0)
    expect(world.sandbox.tenant.users.rows().some(({ email }) => email === 'one@file.example')).toBe(true)
  })
})

it('says that a file is too large, as any request is', async () => {
  await inFile('people.csv', `user\n${'auth0|1\n'.repeat(40_000)}`, async (path) => {
    const refused = await owlie('plan', 'create', 'Auth0', '--file', path, '--action', 'user.block', '--json')
    expect(refused.code).toBe(1)
    expect(JSON.parse(refused.out)).toMatchObject({ failures: [{ code: 'api.limit_body' }] })
  })
})

it('ends with 8 above the guard: the second yes has to be another person’s', async () => {
  expect((await owlie('sync', 'run', 'Auth0', '--wait')).code).toBe(0)
  const many = world.sandbox.tenant.users.rows().slice(0, 8)
  const targets = many.map(({ user_id }) => `user=${user_id}`)
  const planned = await owlie(
    'plan',
    'create',
    'Auth0',
    '--action',
    'user.delete',
    '--target',
    ...targets,
    '--json',
  )
  const { id, plan } = told(planned)
  expect(plan).toMatchObject({ destroy: 8, guard: { secondPerson: true } })
  const apply = (more: string[] = []) => owlie('plan', 'apply', id, '--confirm', '8', ...more)

  const own = key
  // Made on the host: it could be anybody's.
  const unknown = await apply(['--json'])
  expect(unknown.code).toBe(8)
  expect(JSON.parse(unknown.out)).toMatchObject({ failures: [{ code: 'guard.second_person_unknown' }] })
  const keys = [await keyOf(await world.signIn()), await keyOf(await secondAdmin())] as const
  key = keys[0]
  const first = await apply()
  expect(first.code, first.talk).toBe(8)
  expect(first.talk).toContain('another admin')
  const again = await apply(['--json'])
  expect(again.code).toBe(8)
  expect(JSON.parse(again.out)).toMatchObject({ failures: [{ code: 'guard.second_person' }] })
  expect(many.every(({ user_id }) => world.sandbox.tenant.users.get(user_id))).toBe(true)
  key = keys[1]
  const second = await apply()
  key = own
  expect(second.code, second.talk).toBe(0)
  expect(many.some(({ user_id }) => world.sandbox.tenant.users.get(user_id))).toBe(false)
}, 120_000)

async function keyOf(person: Credential): Promise<string> {
  const { data } = await world.ask(
    person,
    `mutation { createApiKey(input: { name: "own", scopes: ["*"] }) { ... on CreatedApiKey { key } } }`,
  )
  return data!['createApiKey'].key as string
}

/** Made on the host, with a password of their own. */
async function secondAdmin(): Promise<Credential> {
  const [email, newPassword] = ['second@owlie.local', 'the second of two persons 2']
  const who = ['--email', email, '--name', 'Second', '--role', 'admin']
  const made = await owlie('operator', 'create', '--local', ...who, '--json')
  const { oneTimePassword } = JSON.parse(made.out) as { oneTimePassword: string }
  await fetch(`${world.url()}/api/auth/change-password`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(await world.signIn(email, oneTimePassword)) },
    body: JSON.stringify({ currentPassword: oneTimePassword, newPassword }),
  })
  return world.signIn(email, newPassword)
}
