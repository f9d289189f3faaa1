import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSandbox, type JournalEntry, type Sandbox } from '../index.ts'

/** Auth0's own deployment tool, as an administrator runs it: a process of its own that trusts the sandbox's CA. */

const run = promisify(execFile)
const require = createRequire(import.meta.url)
const tool = require.resolve('auth0-deploy-cli')

let sandbox: Sandbox
let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'auth0-sandbox-'))
  sandbox = await startSandbox({
    ...{ users: 80, roles: 7, organizations: 6, caDirectory: join(directory, 'ca'), indexLagMs: 0 },
    shape: { groups: 0 },
  })
  const { tenant } = sandbox
  const [first, second] = tenant.organizations.rows()
  const enabled = { assign_membership_on_login: true, show_as_button: false, is_signup_enabled: false }
  tenant.updateOrganization(first!.id, {
    metadata: { plan: 'team' },
    branding: {
      logo_url: 'https://cdn.example/logo.png',
      colors: { primary: '#111111', page_background: '#ffffff' },
    },
    enabled_connections: [{ connection_id: tenant.auth0Connection('helio-oidc')!.id, ...enabled }],
  })
  tenant.updateOrganization(second!.id, { display_name: 'Ünïcode & Söhne' })
  tenant.addRole({ name: 'Without permissions', description: '' })
})
afterAll(async () => {
  await sandbox.close()
  await rm(directory, { recursive: true, force: true })
})

async function deploy(...args: string[]): Promise<string> {
  const { clientId, clientSecret } = sandbox.applications.everything
  const env = {
    PATH: process.env['PATH'],
    NODE_EXTRA_CA_CERTS: sandbox.caPath,
    AUTH0_DOMAIN: sandbox.domain,
    AUTH0_CLIENT_ID: clientId,
    AUTH0_CLIENT_SECRET: clientSecret,
    AUTH0_INCLUDED_ONLY: '["roles","organizations"]',
  }
  const { stdout, stderr } = await run(process.execPath, [tool, ...args], { cwd: directory, env })
  return `${stdout}${stderr}`
}

const requests = (method: RegExp): number =>
  sandbox.requests.entries.filter((entry) => method.test(entry.method) && entry.route !== '/oauth/token')
    .length

/**
 * Effective writes, but for those the tool takes back: it sets a role's permissions by removing and adding all of them
 * (updateRole in its handlers/roles).
 */
function lasting(): readonly JournalEntry[] {
  const { entries } = sandbox.writes
  const key = ({ ids, values }: JournalEntry): string => JSON.stringify([ids, values])
  const removed = entries.filter(({ kind }) => kind === 'role.permission.removed').map(key)
  const added = entries.filter(({ kind }) => kind === 'role.permission.added').map(key)
  const undone = new Set(removed.filter((one) => added.includes(one)))
  return entries.filter((entry) => !entry.kind.startsWith('role.permission.') || !undone.has(key(entry)))
}

test('exports roles and organizations, and importing them back changes nothing', async () => {
  await deploy('export', '--format', 'directory', '--output_folder', 'tenant')
  const { roles, organizations } = sandbox.tenant.snapshot()
  const files = await Promise.all(
    ['roles', 'organizations'].map(async (folder) =>
      (await readdir(join(directory, 'tenant', folder))).filter((name) => name.endsWith('.json')),
    ),
  )
  expect(files.map(({ length }) => length)).toEqual([roles.length, organizations.length])
  expect(requests(/POST|PATCH|PUT|DELETE/)).toBe(0)

  const before = sandbox.tenant.snapshot()
  sandbox.requests.reset()
  const said = await deploy('import', '--input_file', 'tenant')
  expect(said).toContain('Import Successful')
  // It did write: every role anew, whatever the file says.
  expect(requests(/PATCH/)).toBeGreaterThanOrEqual(roles.length)
  expect(sandbox.requests.entries.filter(({ status }) => status >= 400)).toEqual([])
  expect(sandbox.tenant.snapshot()).toEqual(before)
  expect(lasting()).toEqual([])
  // Before its first request the import compiles the schema of everything it could deploy: seconds of CPU.
}, 240_000)
