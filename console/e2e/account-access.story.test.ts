import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connected } from '../../server/test/connect.ts'
import { admin, startWorld, type World } from '../../server/test/world.ts'
import { accessibilityFaults, freshConsole, openBrowser, signIn, visit } from './browser.ts'

/** What an account may do and why: on its page, in every state, and in the command. */
let world: World
let browser: Browser
let rich: string
let poor: string
const api = 'https://portal.example/api'

beforeAll(async () => {
  await freshConsole()
  ;[world, browser] = await Promise.all([
    startWorld({ users: 60, roles: 6, organizations: 4, shape: { groups: 4 } }),
    openBrowser(),
  ])
  const { tenant, applications } = world.sandbox
  const [role, other] = [...tenant.roles]
  tenant.updateRole(role!.id, {
    name: 'Editor',
    permissions: [{ permission_name: 'write:profile', resource_server_identifier: api }],
  })
  const { user_id: everything } = tenant.addUser({ name: 'Rita Rich', email: 'rita@lumenhealth.example' })
  const [group] = [...tenant.groups]
  tenant.addGroupMember(group!.id, everything, 'user')
  group!.roles.add(role!.id)
  tenant.assignRole(everything, other!.id)
  const organization = tenant.organizations.rows()[0]!
  tenant.addMember(organization.id, everything, [role!.id])
  tenant.setDirectPermissions(everything, [
    { permission_name: 'read:profile', resource_server_identifier: api },
  ])
  const { user_id: nothing } = tenant.addUser({ name: 'Paul Poor', email: 'paul@lumenhealth.example' })
  const caller = await world.signIn()
  const { clientId, clientSecret, scopes } = applications.everything
  await connected(world, caller, { clientId, clientSecret, scopes: scopes.join(' ') })
  const idOf = async (externalId: string): Promise<string> => {
    const { data } = await world.ask(
      caller,
      'query ($s: String) { accounts(filter: { search: $s }) { nodes { id } } }',
      {
        s: externalId,
      },
    )
    return String(data!['accounts'].nodes[0].id)
  }
  ;[rich, poor] = await Promise.all([idOf(everything), idOf(nothing)])
}, 180_000)

afterAll(async () => {
  await browser?.close()
  await world?.close()
})

async function look(page: Page, name: string): Promise<string[]> {
  const folder = process.env['OWLIE_SCREENSHOTS']
  if (folder) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true })
  return (await accessibilityFaults(page)).map((fault) => `${name}: ${fault}`)
}

const wide = [1280, 390] as const

describe.each(['light', 'dark'] as const)('%s', (theme) => {
  it.each(wide)(
    'at %i px: full, asked, empty and failing',
    async (width) => {
      const { page, context, complaints } = await visit(browser, world.url(), theme, width)
      await signIn(page, admin)
      const faults: string[] = []
      await page.goto(`/admin/accounts/${rich}`)
      await page
        .getByText(/through group .*role Editor/)
        .first()
        .waitFor()
      await page.getByText(/through role Editor inside/).waitFor()
      faults.push(...(await look(page, `full-${theme}-${width}`)))

      const asked = world.sandbox.requests.total
      await page.getByRole('button', { name: 'Ask Auth0' }).click()
      await page.getByText('Given directly').waitFor()
      expect(world.sandbox.requests.total - asked).toBe(2)
      faults.push(...(await look(page, `asked-${theme}-${width}`)))

      await page.goto(`/admin/accounts/${poor}`)
      await page.getByText('No permissions that Owlie knows of.').waitFor()
      faults.push(...(await look(page, `empty-${theme}-${width}`)))

      const id = world.sandbox.faults.add({
        match: { route: '/users/{id}/permissions' },
        effect: {
          kind: 'answer',
          status: 403,
          body: { statusCode: 403, error: 'Forbidden', message: 'x', errorCode: 'insufficient_scope' },
        },
      })
      await page.getByRole('button', { name: 'Ask Auth0' }).click()
      await page.getByText('read:users').first().waitFor()
      faults.push(...(await look(page, `failing-${theme}-${width}`)))
      world.sandbox.faults.clear(id)
      expect(faults).toEqual([])
      expect(complaints).toEqual([])
      await context.close()
    },
    90_000,
  )
})

it('the command says the same, by id or address, and asks only when told', async () => {
  const { authorization } = await world.key('inventory:read')
  const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))
  const env = {
    PATH: process.env['PATH'],
    OWLIE_URL: world.url(),
    OWLIE_API_KEY: authorization!.replace(/^Owlie /, ''),
  }
  const owlie = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)(process.execPath, [main, 'account', 'access', ...args], { env })).stdout
  const before = world.sandbox.requests.total
  const said = await owlie('rita@lumenhealth.example')
  expect(said).toMatch(/write:profile +Portal API +.*through group .* → role Editor/)
  expect(said).not.toContain('given directly')
  expect(world.sandbox.requests.total).toBe(before)
  expect(await owlie(rich, '--permissions')).toMatch(/read:profile +Portal API +given directly/)
  const answer = JSON.parse(await owlie(rich, '--permissions', '--json')) as Record<
    string,
    { permissions: object[] }
  >
  expect(answer['permissionsNow']!.permissions.length).toBeGreaterThan(0)
  await expect(owlie('nobody@example.com')).rejects.toMatchObject({ code: 6 })
}, 60_000)
