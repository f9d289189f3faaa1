/**
 * `npm run bench -- sync`: a first and a second sync of the real server against the sandbox tenant, for each size,
 * latency and rate profile. Requests are counted at the sandbox, not at Owlie; rows are compared with the tenant itself;
 * memory is the server process's peak. Figures are ratios against the floor of the same run, never bare times.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, chmodSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startSandbox, type Sandbox, type SandboxOptions } from '@owlie/auth0-sandbox'
import pg from 'pg'
import { startEmbedded } from '@owlie/server/db'
import { nodeFlags } from '@owlie/server/node-flags'
import { floorOf, shortestMs, type TenantSizes } from './floor.ts'

export interface SyncCase {
  readonly users: number
  readonly roles: number
  readonly organizations: number
  /** Milliseconds the sandbox waits before each answer. */
  readonly latencyMs: number
  readonly profile: NonNullable<SandboxOptions['rateProfile']> & string
}

export interface SyncFigures {
  readonly requests: number
  readonly floor: number
  readonly refused: number
  readonly wallMs: number
  /** What the rate limits and the latency leave no way around. */
  readonly floorMs: number
  /** The second sync, in which nothing has changed. */
  readonly secondWallMs: number
  readonly peakMegabytes: number
  /** Once it was ready, before the first sync. */
  readonly idleMegabytes: number
  /** Rows written by the second sync, in the inventory and elsewhere. */
  readonly rewritten: Written
  readonly stored: number
  readonly truth: number
  readonly status: string
}

export interface Written {
  /** Accounts, entitlements and grants: none, when nothing has changed. */
  readonly inventory: number
  /** The run's own: its kinds, pages and statement, its audit, the leases. */
  readonly own: number
  /** Everything else, by table: none either. */
  readonly elsewhere: Readonly<Record<string, number>>
}

/** The sandbox's rate profiles by the names of the connector's plans. */
const plans: Readonly<Record<string, string>> = {
  free: 'free',
  'self-service': 'self-service',
  'enterprise-prod': 'enterprise',
  'enterprise-nonprod': 'enterprise-non-production',
}

const program = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))

export async function measureSync(wanted: SyncCase): Promise<SyncFigures> {
  const directory = mkdtempSync(join(tmpdir(), 'owlie-bench-'))
  chmodSync(directory, 0o755)
  const { users, roles, organizations, profile } = wanted
  const sandbox = await startSandbox({
    ...{ users, roles, organizations, rateProfile: profile, caDirectory: directory, indexLagMs: 0 },
  })
  if (wanted.latencyMs > 0) {
    sandbox.faults.add({ match: {}, effect: { kind: 'delay', ms: wanted.latencyMs } })
  }
  const environment = environmentOf(directory, sandbox)
  const { child, url } = await startServer(environment)
  try {
    const env = { ...environment, OWLIE_URL: url }
    const { key } = await owlie<{ key: string }>(
      env,
      'api-key create --local --name bench --scopes *'.split(' '),
    )
    return await measured(wanted, sandbox, child, { ...env, OWLIE_API_KEY: key }, join(directory, 'data'))
  } finally {
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
    await sandbox.close()
    rmSync(directory, { recursive: true, force: true })
  }
}

interface Run {
  readonly status: string
  readonly durationMs: number
  readonly kinds: Readonly<Record<string, { readonly read: number }>>
}

async function measured(
  wanted: SyncCase,
  sandbox: Sandbox,
  child: ChildProcess,
  env: NodeJS.ProcessEnv,
  dataDirectory: string,
): Promise<SyncFigures> {
  const { clientId, clientSecret, scopes } = sandbox.applications.readOnlyPlus
  const create = ['connection', 'create', 'auth0', '--name', 'bench', '--domain', sandbox.domain]
  await owlie(
    env,
    [...create, '--client-id', clientId, '--scopes', scopes.join(' '), '--secret-stdin'],
    clientSecret,
  )
  const idleMegabytes = megabytes(child.pid!, 'VmRSS')
  sandbox.requests.reset()
  const first = await owlie<Run>(env, ['sync', 'run', 'bench', '--wait'])
  const requests = sandbox.requests.total
  const refused = sandbox.requests.withStatus(429)
  const writtenSince = await watchRows(dataDirectory)
  const second = await owlie<Run>(env, ['sync', 'run', 'bench', '--wait'])
  const rewritten = await writtenSince()
  const truth = sandbox.tenant.snapshot()
  const sizes = sizesOf(sandbox)
  return {
    ...{ requests, refused, floor: floorOf(sizes).total, status: first.status },
    floorMs: shortestMs(sizes, plans[wanted.profile] ?? null, wanted.latencyMs),
    ...{
      wallMs: first.durationMs,
      secondWallMs: second.durationMs,
      peakMegabytes: megabytes(child.pid!, 'VmHWM'),
      idleMegabytes,
      rewritten,
    },
    stored: Object.values(first.kinds).reduce((all, kind) => all + kind.read, 0),
    truth:
      truth.users.length +
      truth.roles.length +
      truth.organizations.length +
      truth.roleHolders.length +
      truth.members.length,
  }
}

function sizesOf(sandbox: Sandbox): TenantSizes {
  const { users, roles, organizations, roleHolders, members } = sandbox.tenant.snapshot()
  const held = new Map(roles.map(({ id }) => [id, 0]))
  for (const { role_id } of roleHolders) held.set(role_id, (held.get(role_id) ?? 0) + 1)
  const joined = new Map(organizations.map(({ id }) => [id, 0]))
  for (const { organization_id } of members)
    joined.set(organization_id, (joined.get(organization_id) ?? 0) + 1)
  return {
    users: users.length,
    rolesHolders: [...held.values()],
    rolesPermissions: null,
    organizationsMembers: [...joined.values()],
  }
}

function environmentOf(directory: string, sandbox: Sandbox): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    // For a look inside: --import, --heap-prof, …
    ...(process.env['NODE_OPTIONS'] ? { NODE_OPTIONS: process.env['NODE_OPTIONS'] } : {}),
    PORT: '0',
    OWLIE_DATA_DIR: join(directory, 'data'),
    OWLIE_AUTH0_HOSTS: sandbox.domain,
    NODE_EXTRA_CA_CERTS: sandbox.caPath,
    LOG_LEVEL: 'error',
  }
}

async function startServer(env: NodeJS.ProcessEnv): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [...nodeFlags, program('server/main.ts')], {
    env,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const url = await new Promise<string>((resolve, reject) => {
    child.on('message', (message: { type?: string; url?: string }) => {
      if (message.type === 'ready') resolve(message.url!)
    })
    child.once('exit', (code) =>
      reject(new Error(`The server ended with ${String(code)} before it was ready.`)),
    )
  })
  return { child, url }
}

/** One command, as a person would run it, with its JSON. */
async function owlie<T>(env: NodeJS.ProcessEnv, args: readonly string[], input = ''): Promise<T> {
  const child = spawn(process.execPath, [program('cli/main.ts'), ...args, '--json'], {
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let out = ''
  let talk = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (talk += chunk.toString()))
  child.stdin.end(input)
  await once(child, 'close')
  if (out === '') throw new Error(`owlie ${args.slice(0, 2).join(' ')} said: ${talk}`)
  return JSON.parse(out) as T
}

/** The process's memory now (`VmRSS`) or at most (`VmHWM`); NaN where the system does not tell. */
function megabytes(pid: number, what: 'VmRSS' | 'VmHWM'): number {
  if (process.platform !== 'linux') return Number.NaN
  const mark = new RegExp(`${what}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Math.round(Number(mark) / 1024)
}

/** Tables in which a run writes about itself, and the processes about themselves. */
const ofRun = /^(sync_|audit_|inventory_sweep|observation_page|lease|worker_|rate_budget|apikey)/

/** How the database stands now; the answer says later which rows were written since. */
async function watchRows(dataDirectory: string): Promise<() => Promise<Written>> {
  const query = async <Row extends object>(text: string): Promise<readonly Row[]> => {
    const database = await startEmbedded({ dataDirectory })
    const client = new pg.Client(database.url)
    try {
      await client.connect()
      return (await client.query<Row>(text)).rows
    } finally {
      await client.end()
      await database.stop()
    }
  }
  const tables = await query<{ name: string }>(
    `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`,
  )
  // What the first run woke (drift, identities) is not the second one's.
  for (let quiet = 0, asked = 0; quiet < 4 && asked < 2000; asked++) {
    const [jobs] = await query<{ due: number }>(
      `select count(*)::int as due from graphile_worker.jobs where run_at <= now() or locked_at is not null`,
    )
    quiet = jobs!.due === 0 ? quiet + 1 : 0
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  const [start] = await query<{ at: string }>(`select pg_current_xact_id()::xid::text as at`)
  const inventory = ['account', 'entitlement', 'access_grant']
  return async () => {
    // A row carries the number of the transaction that wrote it.
    const counts = tables.map(
      ({ name }) =>
        `select '${name}' as name, count(*)::int from "${name}" where xmin::text::bigint > ${start!.at}`,
    )
    const rows = await query<{ name: string; count: number }>(counts.join(' union all '))
    const sum = (of: (name: string) => boolean) =>
      rows.reduce((all, { name, count }) => all + (of(name) ? count : 0), 0)
    const isOwn = (name: string) => ofRun.test(name)
    const rest = rows.filter(({ name, count }) => count > 0 && !inventory.includes(name) && !isOwn(name))
    return {
      inventory: sum((name) => inventory.includes(name)),
      own: sum(isOwn),
      elsewhere: Object.fromEntries(rest.map(({ name, count }) => [name, count])),
    }
  }
}
