import { spawn } from 'node:child_process'
import { createPublicKey } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../server/test/world.ts'

/** Scopes, snippets, key pairs, rotation and people from a terminal, with nothing but the command. */
const main = fileURLToPath(new URL('./main.ts', import.meta.url))
let world: World
let everything: string
let people: string

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly talk: string
}

function owlie(args: readonly string[], input = '', key = everything): Promise<Ended> {
  const env = { ...world.environment, OWLIE_URL: world.url(), OWLIE_API_KEY: key }
  const child = spawn(process.execPath, [main, ...args], { env })
  let out = ''
  let talk = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (talk += chunk.toString()))
  child.stdin.end(input)
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, talk })))
}

async function keyOnHost(scopes: string): Promise<string> {
  const made = await owlie(['api-key', 'create', '--local', '--name', scopes, '--scopes', scopes], '', '')
  expect(made.code, made.talk).toBe(0)
  return made.out.trim()
}

beforeAll(async () => {
  world = await startWorld({ users: 10, roles: 2, organizations: 2 })
  everything = await keyOnHost('*')
  people = await keyOnHost('operators:write')
}, 120_000)

afterAll(() => world.close())

const readOnly = 'read:users read:roles read:organizations read:organization_members'

describe('scopes and snippets', () => {
  it('prints the exact minimum for capabilities, to be piped on', async () => {
    const asked = await owlie(['connection', 'scopes', '--capabilities', 'read_users,read_role_members'])
    expect(asked).toMatchObject({ code: 0, out: 'read:users read:roles read:role_members\n' })
    const wrong = await owlie(['connection', 'scopes', '--capabilities', 'read_everything'])
    expect(wrong.code).toBe(6)
    expect((await owlie(['connection', 'scopes'])).code).toBe(64)
  })

  it('judges a list, and says what goes beyond', async () => {
    const judged = await owlie(['connection', 'scopes', '--scopes', `${readOnly} create:client_grants`])
    expect(judged.code).toBe(0)
    expect(judged.talk).toContain('create:client_grants (takeover)')
  })

  it('prints the snippet alone on stdout', async () => {
    const args = ['connection', 'snippet', 'auth0', '--capabilities', 'read_users', '--domain', 'a.auth0.com']
    const made = await owlie([...args, '--format', 'terraform'])
    expect(made.code).toBe(0)
    expect(made.out).toMatch(/^terraform \{/)
    expect(made.out).toContain('scopes = [\n    "read:users",\n  ]')
    expect(await owlie([...args, '--format', 'pulumi'])).toMatchObject({ code: 64, out: '' })
  })
})

describe('a key pair', () => {
  it('is made, pasted, used, shown, and rotated in two steps', async () => {
    const made = await owlie(['connection', 'key', 'create', '--json'])
    const { id, publicKey } = JSON.parse(made.out) as { id: string; publicKey: { pem: string } }
    const application = world.sandbox.addApplication({
      scopes: readOnly.split(' '),
      method: 'private_key_jwt',
      publicKeys: [{ jwk: createPublicKey(publicKey.pem).export({ format: 'jwk' }) as JsonWebKey }],
    })
    const where = ['--domain', world.sandbox.domain, '--client-id', application.clientId]
    const create = ['connection', 'create', 'auth0', '--name', 'Keyed', ...where, '--scopes', readOnly]
    expect((await owlie([...create, '--key', id])).code).toBe(0)
    expect((await owlie(['connection', 'test', 'Keyed'])).code).toBe(0)
    expect((await owlie(['connection', 'key', 'show', 'Keyed'])).out.trim()).toBe(publicKey.pem)

    const next = await owlie(['connection', 'key', 'rotate', 'Keyed'])
    expect(next.code).toBe(0)
    expect(next.out).toMatch(/^-----BEGIN PUBLIC KEY-----/)
    const early = await owlie(['connection', 'key', 'rotate', 'Keyed'])
    expect(early.code).toBe(1)
    expect(early.talk).toContain('The old credential stays in use.')
    const jwk = createPublicKey(next.out).export({ format: 'jwk' }) as JsonWebKey
    world.sandbox.addPublicKey(application.clientId, jwk)
    expect((await owlie(['connection', 'key', 'rotate', 'Keyed'])).code).toBe(0)
    expect((await owlie(['connection', 'key', 'show', 'Keyed'])).out.trim()).toBe(next.out.trim())
    expect([made, next, early].map(({ out, talk }) => out + talk).join()).not.toContain('PRIVATE KEY')
  })
})

describe('a secret', () => {
  it('is rotated from standard input, and only when the new one works', async () => {
    const { clientId, clientSecret } = world.sandbox.applications.readOnly
    const where = ['--domain', world.sandbox.domain, '--client-id', clientId, '--scopes', readOnly]
    const create = ['connection', 'create', 'auth0', '--name', 'Secret', ...where, '--secret-stdin']
    expect((await owlie(create, clientSecret)).code).toBe(0)
    const rotate = ['connection', 'rotate-secret', 'Secret', '--secret-stdin']
    const wrong = await owlie(rotate, 'not-the-secret-of-this-application')
    expect(wrong.code).toBe(1)
    expect(wrong.talk).toContain('The old credential stays in use.')
    const rotated = 'the-secret-after-rotation-9f27c1d4b8'
    world.sandbox.tenant.clients.get(clientId)!.client_secret = rotated
    const right = await owlie([...rotate, '--json'], rotated)
    expect(right.code).toBe(0)
    expect(right.out + right.talk).not.toContain(rotated)
    expect((await owlie(['connection', 'test', 'Secret'])).code).toBe(0)
  })
})

describe('people', () => {
  it('are managed by a key that has the scope for it, and by no other', async () => {
    expect((await owlie(['operator', 'list'])).code).toBe(5)
    const who = ['--email', 'eve@example.com', '--name', 'Eve', '--role', 'admin']
    const made = await owlie(['operator', 'create', ...who], '', people)
    expect(made.code, made.talk).toBe(0)
    await world.signIn('eve@example.com', made.out.trim())
    expect((await owlie(['operator', 'create', ...who], '', people)).code).toBe(7)
    for (const verb of [
      ['set-role', 'eve@example.com', 'auditor'],
      ['end-sessions', 'eve@example.com'],
      ['disable', 'eve@example.com'],
    ])
      // prettier-ignore
      expect((await owlie(['operator', ...verb], '', people)).code, verb[0]).toBe(0)
    const listed = await owlie(['operator', 'list', '--json'], '', people)
    const eve = (JSON.parse(listed.out) as { email: string }[]).find(
      ({ email }) => email === 'eve@example.com',
    )
    expect(eve).toMatchObject({ role: 'auditor', createdBy: 'operators:write' })
    expect(eve).toHaveProperty('disabledAt', expect.any(String))
    const last = await owlie(['operator', 'disable', 'admin@owlie.local'], '', people)
    expect([last.code, last.talk]).toEqual([7, expect.stringContaining('This is the last admin')])
    const reset = await owlie(['operator', 'reset-password', 'eve@example.com'], '', people)
    expect(reset.code).toBe(0)
    expect((await owlie(['operator', 'remove', 'eve@example.com'], '', people)).code).toBe(0)
    expect((await owlie(['operator', 'remove', 'eve@example.com'], '', people)).code).toBe(6)
    expect((await owlie(['operator', 'create', '--email', 'x@y.zz', '--name', 'X', '--role', 'boss'], '', people)).code).toBe(64) // prettier-ignore
  })
})
