import { readFile, readdir } from 'node:fs/promises'
import pg from 'pg'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { connector } from './connect.ts'
import { admin, type Credential, post, startWorld, type World } from './world.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let world: World
let key: Credential
/** Everything that ever came back from the server, by what was asked. */
const replies: string[] = []
const canaries: Record<string, string> = {}

/** Asks and keeps the whole answer, headers included. */
async function ask(credential: Credential, body: unknown): Promise<void> {
  const response = await fetch(`${world.url()}/api/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...credential },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  replies.push([...response.headers].join('\n') + (await response.text()))
}

beforeAll(async () => {
  world = await startWorld({ users: 60, roles: 3, organizations: 3, shape: { membersPerOrganization: 5 } })
  key = await world.key('*')
  const application = world.sandbox.addApplication({ scopes: world.sandbox.applications.fullPlus.scopes })
  canaries['client secret'] = application.clientSecret
  canaries['wrong secret'] = `wrong-${application.clientSecret.split('').reverse().join('')}`
  canaries['API key'] = key['authorization']!.slice('Owlie '.length)
  canaries['password'] = admin.password
  const session = await world.signIn()
  canaries['session'] = session['cookie']!.split('=')[1]!.split('.')[0]!
  await live(application, session)
})
afterAll(() => world?.close())

/** A life with every kind of success and failure in which a secret is at hand. */
async function live(
  application: { clientId: string; clientSecret: string },
  session: Credential,
): Promise<void> {
  const { sandbox } = world
  const { scopes } = sandbox.applications.fullPlus
  const entered = { clientId: application.clientId, scopes: scopes.join(' ') }
  const right = { ...entered, clientSecret: canaries['client secret']! }
  const wrong = { ...entered, clientSecret: canaries['wrong secret']! }
  const { create, testDraft, testSaved, startSync, ended, send, export: exported } = connector(world, key)
  const keep = async (value: Promise<unknown>) => replies.push(JSON.stringify(await value))

  await keep(testDraft(wrong))
  await keep(testDraft(right))
  await keep(create({ ...wrong, name: 'wrong' }))
  const saved = await create(right)
  const id = saved['id'] as string
  replies.push(JSON.stringify(saved))
  await keep(testSaved(id))
  await keep(ended((await startSync(id))['id'] as string))

  // Auth0 itself talks about the secret, in an error and in a body.
  const echo = { error: 'access_denied', error_description: `bad secret ${canaries['client secret']}` }
  sandbox.faults.add({
    match: { route: '/oauth/token' },
    effect: { kind: 'answer', status: 401, body: echo },
  })
  await keep(testSaved(id))
  await keep(startSync(id).then((run) => ('id' in run ? ended(run['id'] as string) : run)))
  sandbox.faults.clear()
  sandbox.faults.add({
    match: { route: '/api/v2/users' },
    effect: { kind: 'answer', status: 400, body: echo },
  })
  await keep(testSaved(id))
  sandbox.faults.clear()

  // Malformed requests that hold it, in every place a message could quote.
  const secrets = [{ name: 'clientSecret', value: canaries['client secret'] }]
  const mutation =
    'mutation ($input: CreateConnectionInput!) { createConnection(input: $input) { __typename } }'
  await ask(key, { query: mutation, variables: { input: { secrets } } })
  await ask(key, {
    query: mutation,
    variables: { input: { name: secrets, connector: 'auth0', config: [], secrets } },
  })
  await ask(key, {
    query: mutation,
    variables: { input: { name: 'x', connector: 'auth0', config: secrets, secrets } },
  })
  await ask(key, {
    query: `{ connection(name: "${canaries['client secret']}", x: "${canaries['client secret']}") { id } }`,
  })
  await ask(key, { query: `{ "${canaries['client secret']}" }` })
  await ask(key, `{ "query": "${canaries['client secret']}`)
  await ask(session, { query: '{ viewer { id } connections { secrets { lastFour } config { value } } }' })
  await ask({ authorization: `Owlie ${canaries['API key']}x` }, { query: '{ viewer { id } }' })

  const edit =
    'mutation ($input: UpdateConnectionInput!) { updateConnection(input: $input) { __typename ... on Refusal { failures { message } } } }'
  const input = { id, version: 1, config: [{ name: 'domain', value: 'other.us.auth0.com' }], secrets }
  await keep(send(edit, { input }))
  await keep(exported(id))
  await keep(send('{ auditEvents(first: 100) { nodes { action subject detail } } }', {}))
  for (const path of ['/', '/metrics', '/readyz']) {
    const response = await fetch(world.url() + path, { headers: key })
    replies.push([...response.headers].join('\n') + (await response.text()))
  }
  await post(world.url(), key, { query: '{ apiKeys { name start } }' }).then((answer) =>
    replies.push(JSON.stringify(answer)),
  )
}

function expectNone(where: string, text: string): void {
  const found = Object.entries(canaries).filter(
    ([, secret]) =>
      text.includes(secret) ||
      text.includes(encodeURIComponent(secret)) ||
      text.includes(Buffer.from(secret).toString('base64').slice(0, -4)),
  )
  const around = (secret: string) => text.slice(Math.max(0, text.indexOf(secret) - 120), text.indexOf(secret))
  expect(found.map(([what, secret]) => `${what} in ${where} after ${around(secret)}`)).toEqual([])
}

it('in no reply', () => {
  expect(replies.length).toBeGreaterThan(20)
  for (const reply of replies) expectNone('a reply', reply)
})

it('in nothing the server printed', () => {
  expect(world.output()).toContain('Owlie is ready.')
  expectNone('the output', world.output())
})

it('in no table of the database', async () => {
  const client = new pg.Client({ connectionString: world.database.url })
  await client.connect()
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables
       where schemaname not in ('pg_catalog', 'information_schema')`,
    )
    expect(tables.length).toBeGreaterThan(15)
    let dumped = 0
    for (const { name } of tables) {
      const { rows } = await client.query<{ text: string }>(`select t::text as text from ${name} t`)
      dumped += rows.length
      // better-auth keeps session tokens as they are: they end after hours, and the table is the owner's only.
      const text = rows.map((row) => row.text).join('\n')
      expectNone(name, name === 'auth.session' ? text.replaceAll(canaries['session']!, '') : text)
    }
    expect(dumped).toBeGreaterThan(150)
  } finally {
    await client.end()
  }
})

it('in no process’s arguments, nor the secret in its environment', async () => {
  const server = world.process().pid!
  const children = await childrenOf(server)
  for (const pid of [server, ...children]) {
    expectNone(`arguments of ${pid}`, await readFile(`/proc/${pid}/cmdline`, 'utf8'))
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8')
    // The first admin's password was given there by whoever started the server.
    expectNone(`environment of ${pid}`, environment.replaceAll(admin.password, ''))
  }
})

async function childrenOf(parent: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const parents = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
      return { pid, parent: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) }
    }),
  )
  return parents.filter((each) => each.parent === parent).map(({ pid }) => pid)
}
