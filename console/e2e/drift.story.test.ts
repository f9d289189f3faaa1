import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connected, connector } from '../../server/test/connect.ts'
import { admin, type Credential, startWorld, until, type World } from '../../server/test/world.ts'
import { accessibilityFaults, freshConsole, openBrowser, signIn, visit, type Visitor } from './browser.ts'

/** From "nobody has said what ought to be" to a list that is worked off: baseline, drift, keys, undo, policies. */
let world: World
let browser: Browser
let visitor: Visitor
let caller: Credential
let connectionId: string

beforeAll(async () => {
  await freshConsole()
  ;[world, browser] = await Promise.all([
    startWorld({ users: 60, roles: 5, organizations: 3 }),
    openBrowser(),
  ])
  caller = await world.signIn()
  const { clientId, clientSecret, scopes } = world.sandbox.applications.fullPlus
  connectionId = await connected(world, caller, { clientId, clientSecret, scopes: scopes.join(' ') })
  visitor = await visit(browser, world.url())
  await signIn(visitor.page, admin)
}, 180_000)

afterAll(async () => {
  await browser?.close()
  await world?.close()
})

const counts = async (): Promise<number> => {
  const { data } = await world.ask(caller, '{ driftCounts { state count } }')
  return (data!['driftCounts'] as { count: number }[]).reduce((sum, { count }) => sum + count, 0)
}

/** A sync run, and the comparison after it. */
async function sync(expected: number): Promise<void> {
  const { startSync, ended } = connector(world, caller)
  await ended((await startSync(connectionId))['id'] as string)
  await until('the comparison', counts, (count) => count === expected)
}

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name }).first()
const row = (page: Page, text: string) => page.locator('.review-table tbody tr').filter({ hasText: text })

describe('drift in the console', () => {
  it('teaches what it is before anybody has said what ought to be', async () => {
    const { page } = visitor
    await page.goto('/admin/drift')
    await page.getByText('Nobody has said yet what ought to be.').waitFor()
    expect(await accessibilityFaults(page)).toEqual([])
    await page.getByRole('link', { name: 'Take what is now as intent' }).click()
    await page.getByRole('heading', { name: 'What would be taken' }).waitFor()
    await page.getByLabel('Role holders').waitFor()
    expect(await accessibilityFaults(page)).toEqual([])
    await button(page, /^Take [\d,]+ as intent$/).click()
    await page.getByText(/intentions made\./).waitFor()
    await page.getByText('Take 0 as intent').waitFor()
    await page.getByRole('link', { name: 'See drift' }).click()
    await page.getByText('All is as it ought to be.').waitFor()
  }, 60_000)

  it('lists what changed outside, with both values and the evidence', async () => {
    const { page } = visitor
    const { tenant } = world.sandbox
    const [blocked, renamed] = tenant.snapshot().users
    const [role] = tenant.snapshot().roles
    tenant.updateUser(blocked!.user_id, { blocked: true })
    tenant.updateUser(renamed!.user_id, { name: 'Zora Renamed' })
    const free = tenant
      .snapshot()
      .users.find(({ user_id }) => !tenant.rolesOfUser(user_id).includes(role!.id))!
    tenant.assignRole(free.user_id, role!.id)
    await sync(3)
    await page.goto('/admin/drift')
    await row(page, 'Zora Renamed').first().click()
    const panel = page.getByRole('complementary', { name: 'Details' })
    await panel.getByText('Why this is drift').waitFor()
    await panel
      .getByRole('link', { name: /^run \d+$/ })
      .first()
      .waitFor()
    expect(await panel.innerText()).toContain('Zora Renamed')
    expect(await row(page, role!.name).count()).toBe(1)
    expect(await accessibilityFaults(page)).toEqual([])
    await page.getByRole('link', { name: /Drift 3 need review/ }).waitFor()
  }, 60_000)

  it('is worked off with keys: move, select, decide, undo', async () => {
    const { page } = visitor
    await page.goto('/admin/drift')
    await row(page, 'Zora Renamed').first().waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keys of this page' }).waitFor()
    expect(await accessibilityFaults(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.keyboard.press('j')
    await page.locator('tr[aria-current="true"]').waitFor()
    const first = (await page.locator('tr[aria-current="true"] .row-button').innerText()).trim()
    await page.keyboard.press('a')
    await page
      .getByText(/^Adopted: /)
      .first()
      .waitFor()
    await page.locator('.review-table').getByText(first, { exact: true }).waitFor({ state: 'detached' })
    expect(await counts()).toBe(2)
    await page.keyboard.press('u')
    await page.getByText('Undone.').waitFor()
    await page.locator('.review-table').getByText(first, { exact: true }).waitFor()
    expect(await counts()).toBe(3)
    await page.keyboard.press('j')
    await page.keyboard.press('i')
    await page
      .getByText(/^Ignored: /)
      .first()
      .waitFor()
    await until(
      'two rows',
      () => page.locator('.review-table tbody tr:not(.group)').count(),
      (n) => n === 2,
    )
  }, 60_000)

  it('decides many at once only after showing them, with the number where the guard asks', async () => {
    const { page } = visitor
    await page.goto('/admin/drift')
    await page.getByLabel('Select all rows of this page').check()
    const bar = page.getByRole('region', { name: 'Selected rows' })
    await bar.getByText('2 selected').waitFor()
    expect(await accessibilityFaults(page)).toEqual([])
    await bar.getByRole('button', { name: /Preserve/ }).click()
    const dialog = page.getByRole('dialog', { name: 'Preserve 2 disagreements' })
    await dialog.getByRole('button', { name: 'Preserve 2' }).waitFor()
    expect(await accessibilityFaults(page)).toEqual([])
    await dialog.getByLabel('Reason').fill('not agreed')
    await dialog.getByRole('button', { name: 'Preserve 2' }).click()
    await page.getByText('All is as it ought to be.').waitFor()
    await page.getByRole('searchbox').waitFor()
    await page.goto('/admin/drift?state=any')
    await row(page, 'Being put back').first().click()
    await page.getByText('not agreed').waitFor()
    await page
      .getByRole('complementary', { name: 'Details' })
      .getByRole('link', { name: 'See the operation' })
      .click()
    await page.waitForURL(/\/admin\/operations\//)
  }, 60_000)

  it('shows what a policy would do before it is saved', async () => {
    const { page } = visitor
    const { tenant } = world.sandbox
    tenant.addRole({ name: 'Night shift' })
    await sync(4)
    await page.goto('/admin/drift/policies')
    await page.getByRole('combobox', { name: 'Roles, all types' }).waitFor()
    expect(await accessibilityFaults(page)).toEqual([])
    await page.getByRole('combobox', { name: 'Roles, all types' }).click()
    await page.getByRole('option', { name: 'Adopt' }).click()
    const dialog = page.getByRole('dialog', { name: 'Roles: Adopt' })
    await dialog.getByText('become intent').waitFor()
    expect(await accessibilityFaults(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Save policy' }).click()
    await dialog.waitFor({ state: 'detached' })
    await until('the role is adopted', counts, (count) => count === 3)
    await page.getByRole('button', { name: 'Settings of Users' }).click()
    await page.getByRole('dialog', { name: 'Settings of Users' }).getByLabel('given_name').uncheck()
    expect(await accessibilityFaults(page)).toEqual([])
    await button(page, 'Save settings').click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  }, 60_000)

  it('has no accessibility fault in the dark and on a small screen, and nothing complains', async () => {
    for (const [theme, width] of [
      ['dark', 1280],
      ['light', 390],
    ] as const) {
      const { page, context, complaints } = await visit(browser, world.url(), theme, width)
      await signIn(page, admin)
      for (const path of ['/admin/drift?state=any', '/admin/drift/policies', '/admin/drift/baseline']) {
        await page.goto(path)
        await page.locator('table').first().waitFor()
        const faults = await accessibilityFaults(page)
        expect([path, theme, width, faults]).toEqual([path, theme, width, []])
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
        expect([path, wide <= 0]).toEqual([path, true])
      }
      expect(complaints).toEqual([])
      await context.close()
    }
    expect(visitor.complaints).toEqual([])
  }, 90_000)
})
