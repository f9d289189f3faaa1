import { randomBytes } from 'node:crypto'
import { Secret } from '@owlie/connector-kit'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createOperators } from '../../server/operators/index.ts'
import { admin, startWorld, type World } from '../../server/test/world.ts'
import { accessibilityFaults, freshConsole, openBrowser, signIn, visit } from './browser.ts'

/** What people see when there is nothing, when they may not, when it is not there, and when nothing answers. */
let world: World
let browser: Browser

const password = 'only for this story 1'

beforeAll(async () => {
  await freshConsole()
  ;[world, browser] = await Promise.all([
    startWorld({ users: 10, roles: 1, organizations: 1 }),
    openBrowser(),
  ])
  const operators = createOperators({
    database: world.database,
    baseUrl: world.url(),
    secret: new Secret(randomBytes(32).toString('hex')),
  })
  const by = { kind: 'system', id: 'story', name: 'Story', tenantId: 'default' } as const
  for (const role of ['auditor', 'requester'] as const)
    await operators.createOperator(by, {
      email: `${role}@example.com`,
      name: role,
      role,
      password: new Secret(password),
    })
}, 180_000)

afterAll(async () => {
  await browser?.close()
  await world?.close()
})

describe.each(['light', 'dark'] as const)('%s', (theme) => {
  it('says what the next step is where nothing is yet', async () => {
    const { page, context, complaints } = await visit(browser, world.url(), theme)
    await signIn(page, admin)
    const faults: string[] = []
    for (const [path, words, next] of [
      ['/admin', 'Nothing is connected yet.', 'Connect Auth0'],
      ['/admin/accounts', 'No accounts yet.', 'Connect Auth0'],
      ['/admin/roles', 'No roles yet.', 'Connect Auth0'],
      ['/admin/organizations', 'No organizations yet.', 'Connect Auth0'],
      ['/admin/integrations', 'Nothing is connected yet.', 'Connect Auth0'],
    ] as const) {
      await page.goto(path)
      await page.getByText(words).waitFor()
      await page.locator('main').getByRole('link', { name: next }).first().waitFor()
      for (const fault of await accessibilityFaults(page)) faults.push(`${path} ${fault}`)
    }
    await page.locator('main').getByRole('link', { name: 'Connect Auth0' }).first().click()
    await page.getByLabel('Auth0 Domain', { exact: true }).waitFor()
    expect(faults).toEqual([])
    expect(complaints).toEqual([])
    await context.close()
  }, 60_000)

  it('tells who may not that they may not, and who may', async () => {
    const { page, context } = await visit(browser, world.url(), theme)
    await signIn(page, { email: 'requester@example.com', password })
    await page.getByText('Requesting access is not part of this version yet.').waitFor()
    for (const path of ['/admin', '/admin/integrations/auth0', '/admin/audit', '/admin/settings/api-keys']) {
      await page.goto(path)
      await page.getByRole('heading', { name: 'Not for your role' }).waitFor()
      await page
        .getByText(/requester/)
        .first()
        .waitFor()
      expect(await page.getByLabel('Client Secret').count()).toBe(0)
      expect(await accessibilityFaults(page)).toEqual([])
    }
    await context.close()
  }, 60_000)
})

it('lets an auditor read, and nobody but an admin configure', async () => {
  const { page, context } = await visit(browser, world.url())
  await signIn(page, { email: 'auditor@example.com', password })
  await page.goto('/admin/audit')
  await page.getByText('Operator: signed in').first().waitFor()
  await page.goto('/admin/integrations/auth0')
  await page.getByRole('heading', { name: 'Not for your role' }).waitFor()
  await page.goto('/admin')
  await page.getByText('An admin can do that.').waitFor()
  await context.close()
}, 60_000)

it('answers addresses that lead nowhere', async () => {
  const { page, context } = await visit(browser, world.url())
  await signIn(page, admin)
  const nobody = '00000000-0000-4000-8000-000000000000'
  for (const [path, words] of [
    ['/nowhere', 'There is no page at this address.'],
    ['/admin/integrations/nonsense', 'There is no integration called nonsense.'],
    [`/admin/accounts/${nobody}`, 'There is no such account.'],
    [`/admin/roles/${nobody}`, 'There is no such role.'],
    [`/admin/integrations/auth0/runs/${nobody}`, 'There is no such sync run.'],
    [`/admin/integrations/auth0/tests/${nobody}`, 'There is no such test result.'],
    [`/admin/integrations/auth0?connection=${nobody}`, 'There is no such connection (any more).'],
  ] as const) {
    await page.goto(path)
    await page.getByText(words).waitFor()
  }
  await page.goto('/admin/integrations/okta')
  await page
    .getByText(/is not available yet/)
    .first()
    .waitFor()
  await context.close()
}, 60_000)

it('finds pages by the keyboard alone', async () => {
  const { page, context, complaints } = await visit(browser, world.url())
  await signIn(page, admin)
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
  await page.keyboard.press('Control+k')
  await page.getByPlaceholder(/Go to a page/).waitFor()
  expect(await accessibilityFaults(page)).toEqual([])
  await page.keyboard.type('audit')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/admin/audit')
  expect(complaints).toEqual([])
  await context.close()
}, 60_000)

it('shows a new API key once, and revokes it', async () => {
  const { page, context, complaints } = await visit(browser, world.url())
  await signIn(page, admin)
  await page.goto('/admin/settings/api-keys')
  await page.getByRole('button', { name: 'Create API key' }).click()
  await page.getByRole('button', { name: 'Create key' }).click()
  await page.getByText('Name the program that will use it.').waitFor()
  await page.getByLabel('Name', { exact: true }).fill('Nightly export')
  await page.getByRole('checkbox', { name: /Read and export accounts/ }).check()
  expect(await accessibilityFaults(page)).toEqual([])
  await page.getByRole('button', { name: 'Create key' }).click()
  const key = (await page.getByLabel('the new key', { exact: true }).innerText()).trim()
  const answer = await world.ask({ authorization: `Owlie ${key}` }, '{ overview { accounts } }')
  expect(answer.status).toBe(200)
  await page.reload()
  await page.getByText('Nightly export').first().waitFor()
  expect(await page.content()).not.toContain(key)
  await page.getByRole('button', { name: 'Revoke' }).click()
  await page.getByRole('button', { name: 'Revoke Nightly export' }).click()
  await page.getByText('No API key yet.').waitFor()
  expect((await world.ask({ authorization: `Owlie ${key}` }, '{ overview { accounts } }')).status).toBe(401)
  expect(complaints).toEqual([])
  await context.close()
}, 60_000)

it('says that nothing answers', async () => {
  const { page, context } = await visit(browser, world.url())
  await signIn(page, admin)
  await page.goto('/integrations')
  await page.getByText('Available', { exact: true }).waitFor()
  await page.getByRole('link', { name: 'Accounts', exact: true }).click()
  await page.getByText('No accounts yet.').waitFor()
  await world.kill()
  // Said over the whole page as soon as anything gets no answer, not at the next look of its own, a minute later.
  await page.getByLabel('Search accounts').fill('ada')
  await page.locator('.banner').getByText('Owlie does not answer.').waitFor({ timeout: 10_000 })
  await page.getByRole('link', { name: 'API keys' }).click()
  await page.getByText('console.unreachable').first().waitFor()
  await context.close()
}, 60_000)
