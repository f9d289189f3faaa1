import { randomBytes } from 'node:crypto'
import { Secret } from '@owlie/connector-kit'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createOperators } from '../../server/operators/index.ts'
import { connected, connector } from '../../server/test/connect.ts'
import { admin, startWorld, type World } from '../../server/test/world.ts'
import { accessibilityFaults, freshConsole, openBrowser, signIn, visit } from './browser.ts'

/** A quarter of the people is gone in the target: the guard says so, one admin asks, another confirms. */
let world: World
let browser: Browser

const second = { email: 'second@owlie.local', password: 'the second of two persons 2' }

beforeAll(async () => {
  await freshConsole()
  ;[world, browser] = await Promise.all([
    startWorld({ users: 60, roles: 2, organizations: 2 }),
    openBrowser(),
  ])
  const operators = createOperators({
    database: world.database,
    baseUrl: world.url(),
    secret: new Secret(randomBytes(32).toString('hex')),
  })
  const by = { kind: 'system', id: 'story', name: 'Story', tenantId: 'default' } as const
  await operators.createOperator(by, {
    ...{ email: second.email, name: 'Second Admin', role: 'admin' },
    password: new Secret(second.password),
  })
  const caller = await world.signIn()
  const { clientId, clientSecret, scopes } = world.sandbox.applications.full
  const id = await connected(world, caller, { clientId, clientSecret, scopes: scopes.join(' ') })
  const { tenant } = world.sandbox
  for (const { user_id } of [...tenant.users.rows()].slice(0, 15)) tenant.removeUser(user_id)
  const { startSync, ended } = connector(world, caller)
  await ended((await startSync(id))['id'] as string)
}, 180_000)

afterAll(async () => {
  await browser?.close()
  await world?.close()
})

async function lookAt(page: Page, name: string): Promise<string[]> {
  const shots = process.env['OWLIE_SCREENSHOTS']
  if (shots) await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true })
  return accessibilityFaults(page)
}

it('shows what it holds back, and two people let it through', async () => {
  const faults: string[] = []
  for (const [theme, width] of [
    ['dark', 390],
    ['light', 390],
    ['dark', 1280],
  ] as const) {
    const { page, context } = await visit(browser, world.url(), theme, width)
    await signIn(page, admin)
    await page.goto('/admin/guard')
    await page.locator('main').getByRole('link', { name: 'Users', exact: true }).click()
    await page.getByRole('button', { name: 'Ask for the release' }).waitFor()
    faults.push(...(await lookAt(page, `guard-stop-${theme}-${width}`)))
    await page.goto('/admin/guard')
    await page.getByRole('button', { name: /^Change Users, vanished/ }).waitFor()
    faults.push(...(await lookAt(page, `guard-${theme}-${width}`)))
    await context.close()
  }
  const one = await visit(browser, world.url())
  await signIn(one.page, admin)
  await one.page.goto('/admin')
  await one.page.getByRole('link', { name: 'Look and decide' }).click()
  await one.page.locator('main').getByRole('link', { name: 'Users', exact: true }).click()
  await one.page.getByText('15 of 60 vanished (25 %, at most 5 %)').waitFor()
  await one.page.getByRole('button', { name: 'Ask for the release' }).click()
  await one.page.getByText(/Asked for by .*; 60 min left/).waitFor()
  // Not by the one who asked.
  await one.page.getByText('Another admin has to confirm it.').waitFor()
  faults.push(...(await lookAt(one.page, 'guard-asked')))

  const two = await visit(browser, world.url())
  await signIn(two.page, second)
  await two.page.goto(new URL(one.page.url()).pathname)
  const confirm = two.page.getByRole('button', { name: 'Mark 15 objects stale' })
  await two.page.getByLabel('Type 15 to confirm').fill('14')
  expect(await confirm.isDisabled()).toBe(true)
  await two.page.getByLabel('Type 15 to confirm').fill('15')
  await confirm.click()
  await two.page.getByText(/Second Admin confirmed it/).waitFor()
  faults.push(...(await lookAt(two.page, 'guard-released')))
  await two.page.getByText('Two admins let exactly this through.').waitFor()
  await two.page.getByRole('link', { name: 'Stale', exact: true }).click()
  await two.page.getByRole('combobox', { name: 'Kind' }).click()
  await two.page.getByRole('option', { name: 'Users (15)' }).click()
  await two.page.getByText('1–15 of 15').waitFor()
  expect(await two.page.getByRole('columnheader').allInnerTexts()).toEqual(
    expect.arrayContaining(['Last seen', 'First missed']),
  )
  faults.push(...(await lookAt(two.page, 'stale')))
  expect(faults).toEqual([])
  expect([...one.complaints, ...two.complaints]).toEqual([])
}, 120_000)
