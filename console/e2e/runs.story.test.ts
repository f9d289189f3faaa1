import { readFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connected, connector } from '../../server/test/connect.ts'
import { admin, startWorld, type World } from '../../server/test/world.ts'
import { accessibilityFaults, freshConsole, openBrowser, signIn, visit } from './browser.ts'

/** The life of runs as an admin sees it: scheduled, paused, resumed, stated, followed. */
let world: World
let browser: Browser
let connection: string
/** One whose application may not read the log. */
let without: string

beforeAll(async () => {
  await freshConsole()
  ;[world, browser] = await Promise.all([
    startWorld({ users: 230, roles: 12, organizations: 3 }),
    openBrowser(),
  ])
  const caller = await world.signIn()
  const { clientId, clientSecret, scopes } = world.sandbox.applications.everything
  connection = await connected(world, caller, { clientId, clientSecret, scopes: scopes.join(' ') })
  const { full } = world.sandbox.applications
  without = await connected(world, caller, {
    ...{ name: 'Without logs', clientId: full.clientId, clientSecret: full.clientSecret },
    scopes: full.scopes.join(' '),
  })
}, 180_000)

afterAll(async () => {
  await browser?.close()
  await world?.close()
})

const looks = [
  ['light', 1280],
  ['dark', 1280],
  ['light', 390],
  ['dark', 390],
] as const

async function lookAt(page: Page, name: string): Promise<string[]> {
  const shots = process.env['OWLIE_SCREENSHOTS']
  if (shots) await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true })
  return accessibilityFaults(page)
}

/** The page at this address in both themes and on both screens. */
async function lookEverywhere(path: string, name: string, ready: string | RegExp): Promise<void> {
  const faults: string[] = []
  for (const [theme, width] of looks) {
    const { page, context, complaints } = await visit(browser, world.url(), theme, width)
    await signIn(page, admin)
    await page.goto(path)
    await page.getByText(ready).first().waitFor()
    faults.push(...(await lookAt(page, `${name}-${theme}-${width}`)))
    const wider = await page.evaluate('document.documentElement.scrollWidth > window.innerWidth')
    if (wider) faults.push(`${name} ${width}: wider than the screen`)
    expect(complaints).toEqual([])
    await context.close()
  }
  expect(faults).toEqual([])
}

it('a schedule is chosen with its next times in sight, and a wrong one is told at once', async () => {
  const { page, context, complaints } = await visit(browser, world.url())
  await signIn(page, admin)
  await page.goto(`/admin/integrations/auth0?connection=${connection}`)
  const sheet = page.locator('#schedule')
  await sheet.getByText('Switched on, it would come').waitFor()
  await sheet.getByLabel('As cron').fill('0 25 * * *')
  await sheet.getByText(/is no schedule/).waitFor()
  await sheet.getByLabel('As cron').fill('30 4 * * 1-5')
  await sheet.getByRole('switch', { name: 'Sync by itself' }).click()
  await sheet.getByRole('combobox', { name: 'Follow changes in between' }).click()
  await page.getByRole('option', { name: 'Every 15 minutes' }).click()
  await sheet.getByRole('button', { name: 'Save schedule' }).click()
  await sheet.getByText(/Set by/).waitFor()
  expect(await sheet.locator('.schedule-next li').count()).toBe(3)
  expect(await sheet.locator('.schedule-next').innerText()).toContain('04:30')
  expect(complaints).toEqual([])
  await context.close()
  await lookEverywhere(`/admin/integrations/auth0?connection=${connection}`, 'schedule', 'Save schedule')
}, 180_000)

it('what cannot be followed says why where it is chosen', async () => {
  const { page, context } = await visit(browser, world.url())
  await signIn(page, admin)
  await page.goto(`/admin/integrations/auth0?connection=${without}`)
  const sheet = page.locator('#schedule')
  await sheet.getByRole('combobox', { name: 'Follow changes in between' }).click()
  await page.getByRole('option', { name: 'Every 15 minutes' }).click()
  await sheet.getByText('Only full runs for now.').waitFor()
  await sheet
    .getByText(/read:logs/)
    .first()
    .waitFor()
  expect(await lookAt(page, 'without-logs')).toEqual([])
  await context.close()
}, 60_000)

it('a run is paused after the page in flight, resumed, and ends with a statement to take away', async () => {
  const { sandbox } = world
  const slow = sandbox.faults.add({
    match: { route: '/roles/{id}/users' },
    effect: { kind: 'delay', ms: 1_500 },
  })
  const broken = sandbox.faults.add({
    match: { route: '/users' },
    times: 1,
    effect: {
      kind: 'rewrite',
      change: (body) => {
        const { users, ...rest } = body as { users: { user_id: string }[] }
        const spoilt = users.map((user, at) =>
          at === 3 ? { ...user, user_id: 'auth0|half\u0000known' } : user,
        )
        return { ...rest, users: spoilt }
      },
    },
  })
  const caller = await world.signIn()
  const run = (await connector(world, caller).startSync(connection))['id'] as string
  const path = `/admin/integrations/auth0/runs/${run}`
  const { page, context, complaints } = await visit(browser, world.url())
  await signIn(page, admin)
  await page.goto(path)
  await page.getByRole('button', { name: 'Pause', exact: true }).click()
  await page.getByText(/Paused by/).waitFor()
  await page.getByRole('button', { name: 'Resume', exact: true }).waitFor()
  await lookEverywhere(path, 'paused', /Paused by/)
  sandbox.faults.clear(slow)
  await page.getByRole('button', { name: 'Resume', exact: true }).click()
  await page.getByText('Completeness statement').waitFor({ timeout: 60_000 })
  sandbox.faults.clear(broken)
  const markdown = page.getByRole('button', { name: 'Markdown' })
  await markdown.waitFor()
  const [download] = await Promise.all([page.waitForEvent('download'), markdown.click()])
  expect(download.suggestedFilename()).toMatch(/^owlie-run-2-[0-9a-f]{8}\.md$/)
  const text = await readFile(await download.path(), 'utf8')
  expect(text).toContain('# Completeness of the sync of')
  expect(text).toMatch(/sha256 of the JSON statement: `[0-9a-f]{64}`/)
  expect(complaints).toEqual([])
  await context.close()
  await lookEverywhere(path, 'ended', 'Records that were not understood: 1')
}, 240_000)

it('a run of changes is started beside a full one, says so, and what it followed', async () => {
  const caller = await world.signIn()
  const { startSync, ended } = connector(world, caller)
  await ended((await startSync(connection))['id'] as string)
  for (const [theme, width] of looks.slice(1)) {
    const other = await visit(browser, world.url(), theme, width)
    await signIn(other.page, admin)
    for (const [of, name] of [
      [connection, 'start-run'],
      [without, 'start-run-only-full'],
    ] as const) {
      await other.page.goto(`/admin/integrations/auth0/runs?connection=${of}`)
      await other.page.getByRole('button', { name: 'Run sync' }).click()
      await other.page.getByRole('menuitem', { name: /^What has changed/ }).waitFor()
      expect(await lookAt(other.page, `${name}-${theme}-${width}`)).toEqual([])
    }
    await other.context.close()
  }
  const { page, context, complaints } = await visit(browser, world.url(), 'light', 1280)
  await signIn(page, admin)
  const start = page.getByRole('button', { name: 'Run sync' })
  const changes = page.getByRole('menuitem', { name: /^What has changed/ })
  await page.goto(`/admin/integrations/auth0/runs?connection=${without}`)
  await start.click()
  await changes.waitFor()
  expect(await changes.isDisabled()).toBe(true)
  await page.goto(`/admin/integrations/auth0/runs?connection=${connection}`)
  await start.click()
  await changes.waitFor()
  expect(await lookAt(page, 'start-run')).toEqual([])
  await changes.click()
  await page.waitForURL(/runs\/[0-9a-f-]{36}$/)
  const run = page.url().split('/').at(-1)!
  await ended(run)
  expect(complaints).toEqual([])
  await context.close()
  await lookEverywhere(`/admin/integrations/auth0/runs/${run}`, 'incremental', /told of was read again/)
  await lookEverywhere(`/admin/integrations/auth0/runs?connection=${connection}`, 'runs', 'Complete')
}, 180_000)
