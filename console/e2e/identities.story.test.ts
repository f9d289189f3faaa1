import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connected } from '../../server/test/connect.ts'
import { admin, type Credential, startWorld, until, type World } from '../../server/test/world.ts'
import { accessibilityFaults, freshConsole, openBrowser, signIn, visit } from './browser.ts'

/** Two connections, one person: what links by itself, what waits, and what an admin decides, on every page about it. */
let world: World
let browser: Browser
let caller: Credential

const review = '{ identityReview(first: 50) { total nodes { account { id displayName } } } }'

beforeAll(async () => {
  await freshConsole()
  ;[world, browser] = await Promise.all([
    startWorld({ users: 24, roles: 4, organizations: 2 }),
    openBrowser(),
  ])
  const { tenant, applications } = world.sandbox
  const ada = tenant.addUser({
    ...{ name: 'Ada Lovelace', email: 'ada@lumenhealth.example', email_verified: true },
    app_metadata: { title: 'Countess', employee_id: 'E-1815' },
  })
  tenant.assignRole(ada.user_id, [...tenant.roles][0]!.id)
  tenant.addUser({ name: 'Eve Mallory', email: 'Ada@lumenhealth.example', email_verified: false })
  for (const name of ['Uma Open', 'Ulf Open', 'Ute Open', 'Udo Open']) {
    const email = `${name.slice(0, 3).toLowerCase()}@lumenhealth.example`
    tenant.addUser({ name, email, email_verified: false })
  }
  caller = await world.signIn()
  const { clientId, clientSecret, scopes } = applications.everything
  const entered = { clientId, clientSecret, scopes: scopes.join(' ') }
  await connected(world, caller, entered)
  await correlated(30)
  // The same tenant once more stands for a second system with the same people.
  await connected(world, caller, { ...entered, name: 'Second system' })
  await correlated(60)
}, 180_000)

afterAll(async () => {
  await browser?.close()
  await world?.close()
})

/** Every account has an identity or waits. */
async function correlated(least: number): Promise<void> {
  await until(
    'every account is decided about',
    async () =>
      (await world.ask(caller, '{ identityOverview { identities review orphans } overview { accounts } }'))
        .data!,
    ({ identityOverview: { identities, review: waiting, orphans }, overview }) =>
      overview.accounts >= least && identities > 0 && orphans === waiting,
  )
}

async function look(page: Page, name: string): Promise<string[]> {
  const folder = process.env['OWLIE_SCREENSHOTS']
  if (folder) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true })
  return (await accessibilityFaults(page)).map((fault) => `${name}: ${fault}`)
}

async function identityOf(name: string): Promise<string> {
  const query = 'query ($s: String) { identities(filter: { search: $s }) { nodes { id } } }'
  return String((await world.ask(caller, query, { s: name })).data!['identities'].nodes[0].id)
}

const mostOf = (page: Page) => page.locator('main')

describe.each(['light', 'dark'] as const)('%s', (theme) => {
  it.each([1280, 390])(
    'at %i px: every page about identities',
    async (width) => {
      const { page, context, complaints } = await visit(browser, world.url(), theme, width)
      await signIn(page, admin)
      const faults: string[] = []
      const shot = async (name: string) => faults.push(...(await look(page, `${name}-${theme}-${width}`)))
      const ada = await identityOf('ada@lumenhealth.example')

      await page.goto('/admin/identities?q=ada@lumen')
      await mostOf(page).getByRole('link', { name: 'Ada Lovelace' }).waitFor()
      await page.getByText('Wait for review').waitFor()
      await shot('identities')
      await page.goto('/admin/identities?q=nobody-has-this-name')
      await page.getByText('No identity matches.').waitFor()

      await page.goto(`/admin/identities/${ada}`)
      await page.getByRole('heading', { name: '2 accounts' }).waitFor()
      await page
        .getByText(/By rule: verified e-mail/)
        .first()
        .waitFor({ state: width > 720 ? 'visible' : 'attached' })
      await page.getByText('Countess').first().waitFor()
      await page.getByText('Account linked by a rule').first().waitFor()
      await page.getByRole('table', { name: /What this identity holds/ }).waitFor()
      await shot('identity')

      await page.goto('/admin/identities/review')
      await page.getByRole('heading', { name: /waiting/ }).waitFor()
      await shot('review')
      await page.keyboard.press('?')
      await page.getByRole('dialog', { name: 'Keys' }).waitFor()
      await shot('review-keys')

      await page.goto('/admin/identities/orphans?nature=service')
      await page.getByText('No service account is marked.').waitFor()
      await shot('service-accounts')
      await page.goto('/admin/identities/orphans')
      await page.getByRole('table', { name: 'Accounts without identity' }).waitFor()
      await shot('orphans')

      await page.goto('/admin/settings/identities')
      await page.getByText('makes an identity').first().waitFor()
      await page.getByText('Waits for review').first().waitFor()
      await shot('identity-settings')
      await page.getByRole('button', { name: 'Change the order for Title' }).click()
      await page.getByRole('button', { name: 'Second system up' }).click()
      await page.getByText('Nothing changes.').waitFor()
      await shot('attribute-order')

      await page.goto('/admin')
      await page.getByText(/may belong/).waitFor()
      await shot('overview-with-identities')
      expect(faults).toEqual([])
      expect(complaints).toEqual([])
      await context.close()
    },
    120_000,
  )
})

it('says that it cannot be read, and reads it when asked again', async () => {
  const { page, context } = await visit(browser, world.url())
  await signIn(page, admin)
  let isBroken = true
  await page.route('**/api/graphql', (route) =>
    isBroken && route.request().postData()?.includes('query IdentityReview')
      ? route.abort()
      : route.continue(),
  )
  await page.goto('/admin/identities/review')
  const again = page.getByRole('button', { name: 'Try again' })
  await again.waitFor()
  expect(await look(page, 'review-failing')).toEqual([])
  isBroken = false
  await again.click()
  await page.getByRole('heading', { name: /waiting/ }).waitFor()
  await context.close()
}, 60_000)

it('is decided with the keyboard: the next, not the same, a new identity, link', async () => {
  const { page, context, complaints } = await visit(browser, world.url())
  const waiting = async () => {
    const { total, nodes } = (await world.ask(caller, review)).data!['identityReview']
    return { total: total as number, first: nodes[0] as { account: { id: string; displayName: string } } }
  }
  const before = (await waiting()).total
  expect(before).toBeGreaterThanOrEqual(3)
  await signIn(page, admin)
  await page.goto('/admin/identities/review')
  const current = page.locator('.review-list button[aria-current]')
  await current.waitFor()
  const first = await current.innerText()
  await page.keyboard.press('j')
  await expect.poll(() => current.innerText()).not.toBe(first)
  await page.keyboard.press('k')
  await expect.poll(() => current.innerText()).toBe(first)

  await page.keyboard.press('l')
  await page
    .getByText(/belongs to .* now\./)
    .first()
    .waitFor()
  await until('one less waits', waiting, ({ total }) => total === before - 1)
  await page.getByRole('heading', { name: `${before - 1} waiting` }).waitFor()
  await page.keyboard.press('m')
  await page
    .getByText(/is an identity of its own now\./)
    .first()
    .waitFor()
  await until('one less waits', waiting, ({ total }) => total === before - 2)
  await page.getByRole('heading', { name: `${before - 2} waiting` }).waitFor()
  await page.keyboard.press('n')
  await page
    .getByText(/It is not offered again\./)
    .first()
    .waitFor()
  expect(complaints).toEqual([])
  await context.close()
}, 60_000)

it('merges two identities after asking, and undoes it', async () => {
  const { page, context, complaints } = await visit(browser, world.url())
  await signIn(page, admin)
  const ada = await identityOf('ada@lumenhealth.example')
  await page.goto('/admin/identities')
  await page.getByRole('button', { name: 'Create identity' }).click()
  await page.getByLabel('Name', { exact: true }).fill('Augusta Ada King')
  await page.getByLabel('E-mail', { exact: true }).fill('not an address')
  await page.getByRole('dialog').getByRole('button', { name: 'Create identity' }).click()
  await page.getByText('This is no e-mail address.').waitFor()
  expect(await look(page, 'create-identity')).toEqual([])
  await page.getByLabel('E-mail', { exact: true }).fill('')
  await page.getByRole('dialog').getByRole('button', { name: 'Create identity' }).click()
  await page.getByRole('heading', { name: 'Augusta Ada King' }).waitFor()

  await page.getByRole('button', { name: 'Merge', exact: true }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('searchbox').fill('Lovelace')
  await dialog.getByRole('radio', { name: /Ada Lovelace/ }).check()
  await dialog.getByLabel('Reason').fill('Her married name')
  expect(await look(page, 'merge')).toEqual([])
  await dialog.getByRole('button', { name: 'Merge' }).click()
  await page.waitForURL(`**/admin/identities/${ada}`)
  await page.getByText(/was merged into this identity/).waitFor()
  await page.getByText('Her married name').first().waitFor()
  expect(await look(page, 'merged')).toEqual([])
  await page.getByRole('button', { name: 'Undo the merge' }).click()
  await page.getByText('Augusta Ada King is itself again.').waitFor()
  await expect.poll(() => page.getByText(/was merged into this identity/).count()).toBe(0)

  await page.getByRole('button', { name: 'Change Ada Lovelace' }).first().click()
  await page.getByRole('menuitem', { name: 'It is a service account' }).click()
  await page.getByText(/marked as a service account/).waitFor()
  await page
    .getByRole('table', { name: 'Accounts of this identity' })
    .getByText('Service', { exact: true })
    .waitFor()
  await page
    .getByRole('table', { name: 'Accounts of this identity' })
    .getByRole('link', { name: 'Ada Lovelace' })
    .first()
    .click()
  await page.getByRole('heading', { name: 'Profile' }).waitFor()
  await page.locator('dl').getByRole('link', { name: 'Ada Lovelace' }).click()
  await page.waitForURL(`**/admin/identities/${ada}`)
  expect(complaints).toEqual([])
  await context.close()
}, 60_000)
