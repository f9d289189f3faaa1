import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connected } from '../../server/test/connect.ts'
import { admin, startWorld, type World } from '../../server/test/world.ts'
import { accessibilityFaults, freshConsole, openBrowser, signIn, visit } from './browser.ts'

/** Hundreds of memberships watched while they are made, one batch refused in between, and recovered after a look. */
let world: World
let browser: Browser
let connection: string

beforeAll(async () => {
  await freshConsole()
  ;[world, browser] = await Promise.all([startWorld({ users: 20, organizations: 1 }), openBrowser()])
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
  if (shots) await page.screenshot({ path: `${shots}/${name}.png` })
  return accessibilityFaults(page)
}

it('shows rate and time left while it runs; recovering shows what is left before anything is touched', async () => {
  const { tenant, faults, writes } = world.sandbox
  const { id } = tenant.organizations.rows()[0]!
  const before = tenant.members(id).size
  const users = Array.from({ length: 300 }, (_, at) => {
    const { user_id } = tenant.addUser({ email: `live${at}@many.example`, name: `Live ${at}` })
    return user_id
  })
  const match = { method: 'POST', route: '/organizations/{id}/members' }
  // One batch is refused; all others are slow.
  const body = { statusCode: 400, error: 'Bad Request', message: 'No.', errorCode: 'invalid_body' }
  faults.add({ match, after: 12, times: 1, effect: { kind: 'answer', status: 400, body } })
  faults.add({ match, effect: { kind: 'delay', ms: 100 } })
  const who = await world.signIn()
  const sent = await world.ask(
    who,
    `mutation ($id: ID!, $items: [OperationItem!]!) {
      submitOperation(connectionId: $id, items: $items) {
        ... on Operation { id } ... on Refusal { failures { code message } } } }`,
    {
      id: connection,
      items: [{ action: 'organization.add_members', target: { organization: [id], user: users } }],
    },
  )
  const operation: unknown = sent.data?.['submitOperation']
  expect(operation).toEqual({ id: expect.any(String) })
  const { page, context, complaints } = await visit(browser, world.url())
  await signIn(page, admin)
  await page.goto(`/admin/operations/${(operation as { id: string }).id}`)
  await page.getByRole('button', { name: 'Approve and apply' }).click({ timeout: 60_000 })
  await page.getByText(/of 30 steps done, \d+ a minute so far, about .* left/).waitFor({ timeout: 60_000 })
  const progress = page.getByRole('progressbar', { name: 'Progress' })
  expect(Number(await progress.getAttribute('aria-valuenow'))).toBeLessThan(100)
  const found = await lookAt(page, 'operation-live-light-1280')
  await page.setViewportSize({ width: 390, height: 844 })
  await page.emulateMedia({ colorScheme: 'dark' })
  found.push(...(await lookAt(page, 'operation-live-dark-390')))
  await page.setViewportSize({ width: 1280, height: 900 })
  await page.getByText('Not finished', { exact: true }).waitFor({ timeout: 90_000 })
  found.push(...(await lookAt(page, 'operation-short-dark-1280')))
  expect(tenant.members(id).size).toBe(before + 290)

  faults.clear()
  writes.reset()
  await page.getByRole('button', { name: 'Recover: plan what is left' }).click()
  await page.getByText('Waits for approval').waitFor()
  found.push(...(await lookAt(page, 'operation-recover-dark-1280')))
  // The refused batch, one by one, so that one bad member does not keep out nine; and nothing of it has happened.
  expect(await page.locator('.steps > .step').count()).toBe(10)
  expect(writes.entries).toEqual([])
  await page.getByRole('button', { name: 'Approve and apply' }).click()
  await page.getByText('Applied', { exact: true }).waitFor({ timeout: 60_000 })
  expect(tenant.members(id).size).toBe(before + 300)
  expect(writes.entries).toHaveLength(10)
  expect(found).toEqual([])
  expect(complaints).toEqual([])
  await context.close()
}, 240_000)
