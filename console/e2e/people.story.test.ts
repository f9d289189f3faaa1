import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { totp } from '../../server/operators/test/bench.ts'
import { admin, startWorld, type World } from '../../server/test/world.ts'
import { accessibilityFaults, freshConsole, openBrowser, signIn, visit } from './browser.ts'

/** People are added, come in with a one-time password, choose their own, and are shut out again. */
let world: World
let browser: Browser
const eve = { email: 'eve@example.com', password: 'eve chose this one herself' }

beforeAll(async () => {
  await freshConsole()
  ;[world, browser] = await Promise.all([startWorld({ users: 5, roles: 1, organizations: 1 }), openBrowser()])
}, 180_000)
afterAll(async () => {
  await browser?.close()
  await world?.close()
})

it('a second admin is added, chooses her own password, turns on a second factor, and is disabled', async () => {
  const mine = await visit(browser, world.url())
  await signIn(mine.page, admin)
  const { page } = mine
  await page.goto('/admin/settings/people')
  await page.getByText('There is one admin.').waitFor()
  await page.getByRole('button', { name: 'Add someone' }).click()
  await page.getByLabel('E-mail', { exact: true }).fill('eve')
  await page.getByLabel('Name', { exact: true }).fill('Eve')
  expect(await accessibilityFaults(page)).toEqual([])
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await page.getByText('This is not an e-mail address.').waitFor()
  await page.getByLabel('E-mail', { exact: true }).fill(eve.email)
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  const password = (await page.getByLabel('the one-time password', { exact: true }).innerText()).trim()
  expect(await accessibilityFaults(page)).toEqual([])
  await page.getByText('There is one admin.').waitFor({ state: 'detached' })

  const hers = await visit(browser, world.url(), 'dark')
  await signIn(hers.page, { email: eve.email, password })
  await hers.page.getByText('You came in with a one-time password').waitFor()
  await hers.page.goto('/admin/integrations/auth0')
  await hers.page.getByText('You came in with a one-time password').waitFor()
  expect(await accessibilityFaults(hers.page)).toEqual([])
  await hers.page.getByLabel('One-time password', { exact: true }).fill(password)
  await hers.page.getByLabel('New password', { exact: true }).fill('short')
  await hers.page.getByRole('button', { name: 'Change password' }).click()
  await hers.page.getByText(/A password has 12 to 256 characters/).waitFor()
  await hers.page.getByLabel('New password', { exact: true }).fill(eve.password)
  await hers.page.getByRole('button', { name: 'Change password' }).click()
  await hers.page.getByRole('heading', { name: 'Overview' }).waitFor()

  await hers.page.goto('/account')
  await hers.page.getByRole('button', { name: 'Set up' }).click()
  await hers.page.getByLabel('Your password', { exact: true }).fill('not hers')
  await hers.page.getByRole('button', { name: 'Go on' }).click()
  await hers.page.getByText('The current password is not right.').waitFor()
  await hers.page.getByLabel('Your password', { exact: true }).fill(eve.password)
  await hers.page.getByRole('button', { name: 'Go on' }).click()
  await hers.page.getByRole('img', { name: 'QR code for the authenticator app' }).waitFor()
  expect(await accessibilityFaults(hers.page)).toEqual([])
  const secret = await hers.page.getByLabel('key for the authenticator app', { exact: true }).innerText()
  const uri = `otpauth://totp/Owlie?secret=${secret.replaceAll(/\s/g, '')}`
  await hers.page.getByLabel('Code from your authenticator app').fill(totp(uri))
  await hers.page.getByRole('button', { name: 'Turn on' }).click()
  const list = hers.page.getByRole('list', { name: 'Backup codes' })
  await list.waitFor()
  const codes = await list.getByRole('listitem').allInnerTexts()
  expect(codes.length).toBeGreaterThan(5)
  await hers.page.getByRole('button', { name: 'I have kept them' }).click()

  const again = await visit(browser, world.url())
  await again.page.goto('/')
  await again.page.getByLabel('E-mail').fill(eve.email)
  await again.page.getByLabel('Password', { exact: true }).fill(eve.password)
  await again.page.getByRole('button', { name: 'Sign in' }).click()
  await again.page.getByRole('button', { name: 'Use a backup code' }).click()
  await again.page.getByLabel('Backup code').fill(codes[0]!)
  await again.page.getByRole('button', { name: 'Sign in' }).click()
  await again.page.getByRole('heading', { name: 'Overview' }).waitFor()

  await page.reload()
  await page.getByText(eve.email).waitFor()
  expect(await page.content()).not.toContain(password)
  await page.getByRole('row', { name: /Eve/ }).getByText('On', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Actions for Eve' }).click()
  expect(await accessibilityFaults(page)).toEqual([])
  await page.getByRole('menuitem', { name: 'Disable…' }).click()
  await page.getByRole('button', { name: 'Disable', exact: true }).click()
  await page.getByRole('row', { name: /Eve/ }).getByText('Disabled').waitFor()
  await hers.page.goto('/admin')
  await hers.page.getByLabel('Password', { exact: true }).waitFor()
  await hers.page.getByLabel('E-mail').fill(eve.email)
  await hers.page.getByLabel('Password', { exact: true }).fill(eve.password)
  await hers.page.getByRole('button', { name: 'Sign in' }).click()
  await hers.page.getByLabel('Code from your authenticator app').fill(totp(uri))
  await hers.page.getByRole('button', { name: 'Sign in' }).click()
  await hers.page.getByText('This account is disabled.').waitFor()

  await page.getByRole('button', { name: 'Actions for Admin' }).click()
  await page.getByRole('menuitem', { name: 'Make auditor…' }).click()
  await page.getByRole('button', { name: 'Make auditor' }).click()
  await page.getByText('This is the last admin').waitFor()
  expect([mine, hers, again].flatMap(({ complaints }) => complaints)).toEqual([])
  for (const { context } of [mine, hers, again]) await context.close()
}, 120_000)

it('fits a narrow screen', async () => {
  const { page, context } = await visit(browser, world.url(), 'light', 390)
  await signIn(page, admin)
  for (const path of ['/admin/settings/people', '/account']) {
    await page.goto(path)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page
      .getByText(path === '/account' ? 'Takes an authenticator app.' : admin.email)
      .first()
      .waitFor()
    expect(await accessibilityFaults(page)).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  }
  await context.close()
}, 60_000)

it('an admin who lost the password gets in again by the command on the host', async () => {
  const host = fileURLToPath(new URL('../../server/local.ts', import.meta.url))
  const run = (...args: string[]) =>
    JSON.parse(
      execFileSync(process.execPath, [host, 'operator', ...args, '--json'], {
        env: world.environment,
        encoding: 'utf8',
      }),
    ) as { oneTimePassword: string; operator: { email: string } }
  const { oneTimePassword, operator } = run('reset-password', '--email', admin.email, '--second-factor')
  expect(operator.email).toBe(admin.email)
  await expect(world.signIn()).rejects.toThrow('sign_in.refused')
  const credential = await world.signIn(admin.email, oneTimePassword)
  const viewer = await world.ask(credential, '{ viewer { mustChangePassword actions } }')
  expect(viewer.data).toEqual({ viewer: { mustChangePassword: true, actions: [] } })
  const refused = await world.ask(credential, '{ connections { id } }')
  expect([refused.status, refused.errors![0]!.extensions!['code']]).toEqual([
    403,
    'permission.password_change',
  ])
  const made = run('create', '--email', 'zoe@example.com', '--name', 'Zoe', '--role', 'auditor')
  await world.signIn('zoe@example.com', made.oneTimePassword)
})
