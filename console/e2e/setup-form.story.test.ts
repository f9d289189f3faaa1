import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { admin, startWorld, type World } from '../../server/test/world.ts'
import { accessibilityFaults, freshConsole, openBrowser, signIn, visit, type Visitor } from './browser.ts'

/** The setup form under all that people do to it: pasting, mistyping, changing their mind, going away. */
let world: World
let browser: Browser
let visitor: Visitor

const setup = '/admin/integrations/auth0'
const field = (label: string) => visitor.page.getByLabel(label, { exact: true })
const button = (name: string | RegExp) => visitor.page.getByRole('button', { name, exact: true })
const seen = (text: string | RegExp) => visitor.page.getByText(text).first().waitFor()

beforeAll(async () => {
  await freshConsole()
  ;[world, browser] = await Promise.all([
    startWorld({ users: 40, roles: 3, organizations: 3 }),
    openBrowser(),
  ])
  visitor = await visit(browser, world.url())
  await signIn(visitor.page, admin)
  await visitor.page.goto(setup)
  await field('Auth0 Domain').waitFor()
}, 180_000)

afterAll(async () => {
  await browser?.close()
  await world?.close()
})

async function paste(label: string, text: string): Promise<void> {
  await field(label).focus()
  await visitor.page.evaluate((pasted) => {
    const clipboardData = new DataTransfer()
    clipboardData.setData('text', pasted)
    const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true })
    document.activeElement!.dispatchEvent(event)
  }, text)
}

describe('filling', () => {
  it('takes a whole .env block pasted into any field', async () => {
    const { clientId, clientSecret } = world.sandbox.applications.readOnly
    await paste(
      'Client ID',
      `AUTH0_DOMAIN=${world.sandbox.domain}\nAUTH0_CLIENT_ID=${clientId}\nAUTH0_CLIENT_SECRET="${clientSecret}"\nAUTH0_SCOPES="read:users read:roles"\n`,
    )
    await seen('Filled Auth0 Domain, Client ID, Client Secret, Scopes from what you pasted.')
    expect(await field('Auth0 Domain').inputValue()).toBe(world.sandbox.domain)
    expect(await field('Client ID').inputValue()).toBe(clientId)
    expect(await field('Client Secret').inputValue()).toBe(clientSecret)
    expect(await field('Scopes').inputValue()).toBe('read:users read:roles')
  })

  it('trims what is pasted with blanks around it, and says so', async () => {
    await field('Client ID').fill('')
    await paste('Client ID', '  some-client-id \n')
    await seen('Spaces around the value were removed.')
    expect(await field('Client ID').inputValue()).toBe('some-client-id')
  })

  it('clears the secret when the client id changes, and says why', async () => {
    await field('Client Secret').fill('a secret of some-client-id')
    await field('Client ID').fill('another-client-id')
    expect(await field('Client Secret').inputValue()).toBe('')
    await seen(/Cleared, because Client ID changed/)
  })

  it('complains beside the field when it is left, not while typing', async () => {
    await field('Auth0 Domain').fill('https://tenant.eu.auth0.com/')
    expect(await field('Auth0 Domain').getAttribute('aria-invalid')).toBeNull()
    await field('Client ID').focus()
    await seen(/must be written without https/)
    const describedBy = (await field('Auth0 Domain').getAttribute('aria-describedby'))!.split(' ')
    const texts = await Promise.all(
      describedBy.map((id) => visitor.page.locator(`[id="${id}"]`).allInnerTexts()),
    )
    expect(texts.flat().join(' ')).toContain('without https')
    await field('Client Secret').fill('kept')
    await button('Use tenant.eu.auth0.com').click()
    expect(await field('Auth0 Domain').inputValue()).toBe('tenant.eu.auth0.com')
    expect(await field('Client Secret').inputValue()).toBe('kept')
  })
})

describe('scopes', () => {
  const count = () => visitor.page.getByRole('status', { name: 'Count' })

  it('names unknown ones with the nearest, never needed ones, and dangerous ones', async () => {
    await field('Scopes').fill('read:user read:roles read:clients read:client_keys')
    await count().getByText('1 unknown').waitFor()
    await count().getByText('2 never needed').waitFor()
    await count().getByText('1 dangerous').waitFor()
    await button('Use read:users').click()
    await button('Remove').click()
    await button('Remove 1 scope').click()
    expect(await field('Scopes').inputValue()).toBe('read:users read:roles')
    await count().getByText('0 unknown').waitFor()
  })

  it('keeps picker and text in step', async () => {
    await button('Read-only, sync only (4)').click()
    await visitor.page.getByText('Choose by what Owlie shall do').click()
    const holders = visitor.page.getByRole('checkbox', { name: 'Read role holders' })
    expect(await holders.isChecked()).toBe(false)
    await holders.check()
    expect(await field('Scopes').inputValue()).toBe(
      'read:users read:roles read:organizations read:organization_members read:role_members',
    )
    await field('Scopes').fill('read:users')
    expect(await holders.isChecked()).toBe(false)
    expect(await visitor.page.getByRole('checkbox', { name: 'Read users' }).isChecked()).toBe(true)
    expect(await accessibilityFaults(visitor.page)).toEqual([])
  })

  it('writes the request to the Auth0 administrator with what is entered', async () => {
    await button('Read-only, sync only (4)').click()
    const request = visitor.page.getByLabel('Request to the Auth0 administrator')
    const text = await request.innerText()
    expect(text).toContain('audience https://tenant.eu.auth0.com/api/v2/')
    for (const scope of ['read:users', 'read:roles', 'read:organizations', 'read:organization_members'])
      expect(text).toContain(`  ${scope}\n`)
  })
})

describe('going away', () => {
  it('asks before leaving, and keeps the draft without the secret over a reload', async () => {
    const { page } = visitor
    await field('Client Secret').fill('typed and not saved')
    await page.getByRole('link', { name: 'Accounts', exact: true }).click()
    await seen('Leave without saving?')
    await button('Stay').click()
    expect(await field('Client Secret').inputValue()).toBe('typed and not saved')
    const kept = await page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }]))
    expect(kept).toContain('another-client-id')
    expect(kept).not.toContain('typed and not saved')
    await page.reload()
    await seen(/What you had typed is back. The secret was not kept/)
    expect(await field('Client ID').inputValue()).toBe('another-client-id')
    expect(await field('Client Secret').inputValue()).toBe('')
  })

  it('lays the sign-in over the page when the session ends, and loses nothing, not even the secret', async () => {
    const { page, context } = visitor
    await field('Client Secret').fill('still here afterwards')
    await context.clearCookies()
    await button('Test connection').click()
    await seen('Your session has ended')
    expect(await accessibilityFaults(page)).toEqual([])
    await page.getByLabel('Password', { exact: true }).fill(admin.password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('Your session has ended').waitFor({ state: 'detached' })
    expect(new URL(page.url()).pathname).toBe(setup)
    expect(await field('Client ID').inputValue()).toBe('another-client-id')
    expect(await field('Client Secret').inputValue()).toBe('still here afterwards')
  })
})

describe('testing and saving', () => {
  it('can be cancelled at once when the tenant does not answer', async () => {
    const { page } = visitor
    const { clientId, clientSecret } = world.sandbox.applications.readOnly
    world.sandbox.faults.add({ match: { route: '/oauth/token' }, effect: { kind: 'hang' } })
    await field('Auth0 Domain').fill(world.sandbox.domain)
    await field('Client ID').fill(clientId)
    await field('Client Secret').fill(clientSecret)
    await button('Test connection').click()
    await page.locator('[data-check="token"][data-status="running"]').waitFor()
    await page.getByRole('region', { name: 'Test result' }).getByRole('button', { name: 'Cancel' }).click()
    await page.getByText('Cancelled', { exact: true }).waitFor()
    world.sandbox.faults.clear()
  })

  it('puts the focus on the first failure, and lets a failed test be saved as incomplete', async () => {
    const { page } = visitor
    const { clientId } = world.sandbox.applications.readOnly
    await field('Auth0 Domain').fill(world.sandbox.domain)
    await field('Client ID').fill(clientId)
    await field('Client Secret').fill('not its secret')
    await button('Test connection').click()
    await page.locator('[data-check="token"][data-status="failed"]').waitFor()
    await page.waitForFunction(() => document.activeElement?.getAttribute('data-check') === 'token')
    expect(await page.getByRole('button', { name: /first sync/ }).count()).toBe(0)
    await button('Save').click()
    await page.waitForURL(/connection=/)
    await page.getByText('Incomplete', { exact: true }).first().waitFor()
    expect(await accessibilityFaults(page)).toEqual([])
  })

  it('shows of the stored secret only that it is there, and takes another', async () => {
    const { clientSecret } = world.sandbox.applications.readOnly
    await seen(/^configured/)
    await button('Replace').click()
    await field('Client Secret').fill(clientSecret)
    await button('Test connection').click()
    await button('Save and run first sync').waitFor()
    await button('Save').click()
    await visitor.page.getByText('Ready', { exact: true }).first().waitFor()
    await seen(new RegExp(`configured · ends …${clientSecret.slice(-4)}`))
  })

  it('drops the stored secret from the form when the domain changes, until it is changed back', async () => {
    await field('Auth0 Domain').fill('other.us.auth0.com')
    await seen(/Cleared, because Auth0 Domain or Client ID changed/)
    expect(await field('Client Secret').inputValue()).toBe('')
    await field('Auth0 Domain').fill(world.sandbox.domain)
    await seen(/configured · ends/)
  })

  it('takes the rate plan and the reserve in a quiet line, without another test', async () => {
    const { page } = visitor
    await seen('Not known, Auth0’s answers say; 20 % left to logins')
    await button('Change the rate limit').click()
    await page.getByRole('combobox', { name: 'Rate plan' }).click()
    await page.getByRole('option', { name: 'A limit of its own' }).click()
    await field('Left to logins').fill('95')
    await button('Save').click()
    await seen(/The reserve must be a whole number of percent, 0 to 90/)
    await seen(/A custom rate plan needs how many requests/)
    expect(await accessibilityFaults(page)).toEqual([])
    await field('At once').fill('10')
    await field('Per minute').fill('600')
    await field('Left to logins').fill('35')
    expect(await page.getByText('You changed values since this test').count()).toBe(0)
    await button('Save').click()
    await seen('10 at once, 600 a minute; 35 % left to logins')
    await page.getByText('Ready', { exact: true }).first().waitFor()
  })

  it('runs the first sync; role holders are skipped with the missing scope named', async () => {
    const { page } = visitor
    await button('Run first sync').click()
    await page.waitForURL(/\/runs\//)
    await page.getByText(/were read to the end, and Owlie can prove it. Skipped: role holders/).waitFor()
    const holders = page.locator('[data-kind="role_members"]')
    await holders.getByText('Skipped', { exact: true }).waitFor()
    await holders
      .getByText(/read:role_members/)
      .first()
      .waitFor()
    expect(await page.title()).toMatch(/^Complete/)
    expect(await accessibilityFaults(page)).toEqual([])
  })

  it('becomes ready when what is saved passes a test', async () => {
    const { page } = visitor
    const { clientId, clientSecret } = world.sandbox.applications.full
    await page.goto(`${setup}?new=true`)
    await field('Auth0 Domain').fill(world.sandbox.domain)
    await field('Client ID').fill(clientId)
    await field('Client Secret').fill(clientSecret)
    await button('Full connector support (15)').click()
    world.sandbox.faults.add({ match: { route: '/oauth/token' }, effect: { kind: 'answer', status: 503 } })
    await button('Test connection').click()
    await page.getByText('Failed', { exact: true }).first().waitFor()
    await button('Save').click()
    await page.getByText('Incomplete', { exact: true }).first().waitFor()
    world.sandbox.faults.clear()
    await button('Test connection').click()
    await button('Run first sync').waitFor()
    await page.getByText('Ready', { exact: true }).first().waitFor()
  })

  it('had nothing to complain about', () => {
    expect(visitor.complaints).toEqual([])
  })
})
