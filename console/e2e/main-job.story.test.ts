import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { admin, startWorld, type World } from '../../server/test/world.ts'
import { accessibilityFaults, freshConsole, openBrowser, signIn, visit, type Visitor } from './browser.ts'

/** The admin's main job in a real browser, by labels and visible words, against the real server and a sandbox tenant. */
let world: World
let browser: Browser
let visitor: Visitor

beforeAll(async () => {
  await freshConsole()
  ;[world, browser] = await Promise.all([
    startWorld({ users: 230, roles: 6, organizations: 5 }),
    openBrowser(),
  ])
  visitor = await visit(browser, world.url())
}, 180_000)

afterAll(async () => {
  await browser?.close()
  await world?.close()
})

const setup = '/admin/integrations/auth0'
const field = (label: string) => visitor.page.getByLabel(label, { exact: true })
const press = (name: string | RegExp) => visitor.page.getByRole('button', { name }).first().click()
const seen = (text: string | RegExp) => visitor.page.getByText(text).first().waitFor()

describe('the main job', () => {
  it('asks everybody to sign in, and goes back to where they wanted to be', async () => {
    const { page } = visitor
    await page.goto(setup)
    await page.getByLabel(/e-?mail/i).fill(admin.email)
    await page.getByLabel('Password', { exact: true }).fill('not the password at all')
    await press(/sign in/i)
    await page.getByRole('alert').first().waitFor()
    await page.getByLabel('Password', { exact: true }).fill(admin.password)
    await press(/sign in/i)
    await page.waitForURL(`**${setup}`)
  }, 60_000)

  it('shows the four fields, the button and both presets, exactly', async () => {
    await field('Auth0 Domain').waitFor()
    for (const label of ['Auth0 Domain', 'Client ID', 'Client Secret', 'Scopes']) {
      expect(await field(label).count(), label).toBe(1)
    }
    expect(await visitor.page.getByRole('button', { name: 'Test connection', exact: true }).count()).toBe(1)
    await press(/Read-only, sync only \(4\)/)
    expect(await field('Scopes').inputValue()).toBe(
      'read:users read:roles read:organizations read:organization_members',
    )
    await press(/Full connector support \(15\)/)
    expect(await field('Scopes').inputValue()).toBe(
      'read:users create:users update:users delete:users read:roles create:roles update:roles delete:roles ' +
        'read:organizations create:organizations update:organizations delete:organizations ' +
        'read:organization_members create:organization_members delete:organization_members',
    )
  })

  it('offers the bare domain for a pasted address', async () => {
    await field('Auth0 Domain').fill('https://tenant.us.auth0.com/')
    await field('Client ID').focus()
    await press(/tenant\.us\.auth0\.com/)
    expect(await field('Auth0 Domain').inputValue()).toBe('tenant.us.auth0.com')
  })

  it('says what is wrong with a wrong secret, and keeps what was typed', async () => {
    const { readOnlyPlus } = world.sandbox.applications
    await field('Auth0 Domain').fill(world.sandbox.domain)
    await field('Client ID').fill(readOnlyPlus.clientId)
    await field('Client Secret').fill('not-the-secret')
    await field('Scopes').fill(readOnlyPlus.scopes.join(' '))
    await press('Test connection')
    await seen(/auth0\.unauthorized/)
    const text = await visitor.page.locator('main').innerText()
    for (const suspect of ['Client ID', 'Client Secret', 'domain']) expect(text).toContain(suspect)
    expect(await field('Client ID').inputValue()).toBe(readOnlyPlus.clientId)
  }, 60_000)

  it('tests green, saves, and syncs to the end', async () => {
    await field('Client Secret').fill(world.sandbox.applications.readOnlyPlus.clientSecret)
    await press('Test connection')
    await seen(/Sample of users/)
    await press(/Save and run first sync/)
    await visitor.page.waitForURL(/\/runs\//)
    await visitor.page.locator('h1').getByText(/Auth0/).waitFor()
    await visitor.page.waitForFunction(
      () => (document.querySelector('main')?.innerText.match(/\bComplete\b/g)?.length ?? 0) >= 5,
      undefined,
      { timeout: 60_000 },
    )
    await seen('Expected and spent')
    expect(await accessibilityFaults(visitor.page)).toEqual([])
    await visitor.page.goto(setup)
    await seen('What the next sync takes')
    await seen(/About \d+ requests, if as much is there as last time/)
    expect(await accessibilityFaults(visitor.page)).toEqual([])
  }, 120_000)

  it('shows who has what: an account, its grants, and where each comes from', async () => {
    const { page } = visitor
    await page.goto('/admin/accounts')
    await seen(/230/)
    const grant = await world.database.pool.query<{ name: string; entitlement: string }>(
      `select a.display_name as name, e.display_name as entitlement from access_grant g
       join account a on a.external_id = g.account_external_id
       join entitlement e on e.external_id = g.entitlement_external_id and e.type = g.entitlement_type
       where g.entitlement_type = 'role' order by g.id limit 1`,
    )
    const { name, entitlement } = grant.rows[0]!
    await page
      .getByRole('searchbox')
      .or(page.getByPlaceholder(/search/i))
      .last()
      .fill(name)
    await page.getByRole('link', { name }).first().click()
    await page.waitForURL(/\/admin\/accounts\/.+/)
    await page.locator('h1').getByText(name).waitFor()
    await seen(entitlement)
    await seen(/assigned directly/i)
  }, 60_000)

  it('never shows the secret again', async () => {
    const { page } = visitor
    await page.goto('/admin/integrations')
    await page.goto(setup)
    await seen(/Auth0 Domain/)
    const secret = world.sandbox.applications.readOnlyPlus.clientSecret
    const stored = await page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href]),
    )
    expect(stored).not.toContain(secret)
    expect(await page.content()).not.toContain(secret)
  })

  it('had nothing to complain about', () => {
    expect(visitor.complaints).toEqual([])
  })
})

describe('every page, in both themes and narrow, has no accessibility fault', () => {
  const pages = [
    '/admin',
    '/admin/accounts',
    '/admin/roles',
    '/admin/organizations',
    '/admin/integrations',
    setup,
    '/integrations',
    '/implement/setup/first-connector',
    '/admin/settings/api-keys',
    '/admin/audit',
    '/nowhere',
    '/admin/integrations/nonsense',
  ]

  it.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 390],
    ['dark', 390],
  ] as const)(
    '%s, %i px',
    async (theme, width) => {
      const { page, context, complaints } = await visit(browser, world.url(), theme, width)
      await page.goto('/sign-in')
      const faults: string[] = (await accessibilityFaults(page)).map((fault) => `/sign-in ${fault}`)
      await signIn(page, admin)
      for (const path of pages) {
        await page.goto(path, { waitUntil: 'networkidle' })
        await page.locator('h1').first().waitFor()
        for (const fault of await accessibilityFaults(page)) faults.push(`${path} ${fault}`)
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        if (overflow > 0) faults.push(`${path} is ${overflow} px wider than the window`)
      }
      await context.close()
      expect(faults).toEqual([])
      expect(complaints).toEqual([])
    },
    120_000,
  )
})
