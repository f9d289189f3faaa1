import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connected } from '../../server/test/connect.ts'
import { admin, startWorld, type World } from '../../server/test/world.ts'
import { accessibilityFaults, freshConsole, openBrowser, signIn, visit } from './browser.ts'

/** An admin changes things from the browser: one user blocked, members from a file, and what the scopes do not allow. */
let world: World
let browser: Browser
let connection: string

beforeAll(async () => {
  await freshConsole()
  ;[world, browser] = await Promise.all([
    startWorld({ users: 40, roles: 2, organizations: 2 }),
    openBrowser(),
  ])
  const { clientId, clientSecret, scopes } = world.sandbox.applications.full
  connection = await connected(world, await world.signIn(), {
    clientId,
    clientSecret,
    scopes: scopes.join(' '),
  })
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

describe.each([
  ['light', 1280],
  ['dark', 390],
] as const)('%s, %i wide', (theme, width) => {
  it('blocks a user: plan, typed count, done and read back, undo planned', async () => {
    const { tenant } = world.sandbox
    const user = tenant.users.rows().find(({ blocked, user_id }) => !blocked && user_id.startsWith('auth0|'))!
    const { page, context, complaints } = await visit(browser, world.url(), theme, width)
    const faults: string[] = []
    await signIn(page, admin)
    await page.goto('/admin/operations')
    await page.locator('main').getByRole('link', { name: 'New operation' }).first().waitFor()
    faults.push(...(await lookAt(page, `operations-${theme}-${width}`)))
    await page.locator('main').getByRole('link', { name: 'New operation' }).first().click()
    await page.getByRole('combobox', { name: 'Action' }).click()
    await page.getByRole('option', { name: 'Block user', exact: true }).click()
    await page.getByPlaceholder('Search by name, e-mail or id').fill(user.user_id)
    await page.getByRole('option', { name: user.email ?? user.name ?? '' }).click()
    await page.keyboard.press('Escape')
    await page.getByLabel('Reason').fill('Left the company')
    faults.push(...(await lookAt(page, `operation-new-${theme}-${width}`)))
    await page.getByRole('button', { name: 'Make the plan' }).click()
    const apply = page.getByRole('button', { name: 'Approve and take away 1' })
    await page.getByLabel('Type 1 to confirm').waitFor()
    faults.push(...(await lookAt(page, `operation-plan-${theme}-${width}`)))
    expect(await apply.isDisabled()).toBe(true)
    expect(tenant.users.get(user.user_id)!.blocked).not.toBe(true)
    await page.getByLabel('Type 1 to confirm').fill('1')
    await apply.click()
    await page.getByText('Applied', { exact: true }).waitFor()
    await page.getByText('Done, read back').first().waitFor()
    expect(tenant.users.get(user.user_id)!.blocked).toBe(true)
    faults.push(...(await lookAt(page, `operation-done-${theme}-${width}`)))
    await page.getByRole('button', { name: 'Plan to undo it' }).click()
    await page.getByText('Waits for approval').waitFor()
    await page.getByRole('button', { name: 'Approve and apply' }).click()
    await page.getByText('Applied', { exact: true }).waitFor()
    expect(tenant.users.get(user.user_id)!.blocked).not.toBe(true)
    expect(faults).toEqual([])
    expect(complaints).toEqual([])
    await context.close()
  }, 120_000)
})

it('adds members from a file, row by row in view, wrong rows told before anything is planned', async () => {
  const { tenant } = world.sandbox
  const organization = tenant.organizations.rows()[0]!.id
  const outside = tenant.users
    .rows()
    .filter(({ user_id }) => !tenant.members(organization).has(user_id))
    .slice(0, 12)
  const csv = ['organization,user', ...outside.map(({ user_id }) => `${organization},${user_id}`)].join('\n')
  const { page, context, complaints } = await visit(browser, world.url())
  await signIn(page, admin)
  await page.goto(`/admin/operations/new?connection=${connection}&action=organization.add_members`)
  await page.getByText('Many, from a file').click()
  const file = page.locator('input[type=file]')
  await file.setInputFiles({
    name: 'wrong.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(`${csv}\n${organization},`),
  })
  await page.getByText('No user.').waitFor()
  expect(await page.getByRole('button', { name: 'Make the plan' }).isDisabled()).toBe(true)
  await file.setInputFiles({ name: 'members.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) })
  await page.getByText('12 rows. Every row can be read').waitFor()
  const faults = await lookAt(page, 'operation-bulk')
  await page.getByRole('button', { name: 'Make the plan' }).click()
  await page.getByRole('button', { name: 'Approve and apply' }).click()
  await page.getByText('Applied', { exact: true }).waitFor()
  expect(outside.every(({ user_id }) => tenant.members(organization).has(user_id))).toBe(true)
  faults.push(...(await lookAt(page, 'operation-bulk-done')))
  expect(faults).toEqual([])
  expect(complaints).toEqual([])
  await context.close()
}, 120_000)

it('says which scope is missing before anything can be planned', async () => {
  const { page, context } = await visit(browser, world.url(), 'dark')
  await signIn(page, admin)
  await page.goto(`/admin/operations/new?connection=${connection}&action=role.assign`)
  await page.getByText('create:role_members').first().waitFor()
  expect(await page.getByRole('button', { name: 'Make the plan' }).isDisabled()).toBe(true)
  expect(await lookAt(page, 'operation-no-scope')).toEqual([])
  await context.close()
}, 60_000)

it('needs no approval where an admin has said so, and says which rule it was', async () => {
  const { tenant } = world.sandbox
  const user = tenant.users.rows().find(({ user_id }) => user_id.startsWith('auth0|'))!
  const faults: string[] = []
  const { page, context, complaints } = await visit(browser, world.url())
  await signIn(page, admin)
  await page.goto('/admin/guard')
  await page.getByText('None: every operation waits for a person.').waitFor()
  faults.push(...(await lookAt(page, 'approval-rules-none')))
  await page.getByRole('button', { name: 'Add a rule' }).click()
  await page.getByRole('combobox', { name: 'Action' }).click()
  expect(await page.getByRole('option', { name: 'Delete user', exact: true }).count()).toBe(0)
  await page.getByRole('option', { name: 'Unblock user', exact: true }).click()
  await page.getByLabel('Changes a day').fill('2')
  faults.push(...(await lookAt(page, 'approval-rule-form')))
  await page.getByRole('button', { name: 'Save rule' }).click()
  await page.getByRole('button', { name: /^Change the rule for Unblock user/ }).waitFor()
  faults.push(...(await lookAt(page, 'approval-rules')))

  tenant.updateUser(user.user_id, { blocked: true })
  await page.goto(
    `/admin/operations/new?connection=${connection}&action=user.unblock&user=${encodeURIComponent(user.user_id)}`,
  )
  await page.getByRole('button', { name: 'Make the plan' }).click()
  await page.getByText('Approved by policy').waitFor()
  await page.getByText('Unblock user, up to 2 a day').waitFor()
  await page.getByText('Applied', { exact: true }).waitFor()
  expect(tenant.users.get(user.user_id)!.blocked).not.toBe(true)
  faults.push(...(await lookAt(page, 'operation-by-policy')))
  await context.close()

  const small = await visit(browser, world.url(), 'dark', 390)
  await signIn(small.page, admin)
  await small.page.goto('/admin/guard')
  await small.page.getByRole('button', { name: /^Change the rule for Unblock user/ }).click()
  faults.push(...(await lookAt(small.page, 'approval-rule-form-dark-390')))
  await small.page.getByRole('button', { name: 'Take the rule away' }).click()
  await small.page.getByText('None: every operation waits for a person.').waitFor()
  faults.push(...(await lookAt(small.page, 'approval-rules-dark-390')))
  await small.context.close()
  expect(faults).toEqual([])
  expect([...complaints, ...small.complaints]).toEqual([])
}, 120_000)
