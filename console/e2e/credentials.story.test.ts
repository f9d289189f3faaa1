import { createPublicKey } from 'node:crypto'
import type { Application } from '@owlie/auth0-sandbox'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { admin, startWorld, type World } from '../../server/test/world.ts'
import { accessibilityFaults, freshConsole, openBrowser, signIn, visit, type Visitor } from './browser.ts'

/** A key pair instead of a secret, and both of them replaced: the old one goes only when the new one has passed. */
let world: World
let browser: Browser
let visitor: Visitor
let application: Application

const setup = '/admin/integrations/auth0'
const field = (label: string) => visitor.page.getByLabel(label, { exact: true })
const button = (name: string) => visitor.page.getByRole('button', { name, exact: true })
const seen = (text: string | RegExp) => visitor.page.getByText(text).first().waitFor()
const shownKey = async () => (await field('public key').last().innerText()).trim()
const atAuth0 = (pem: string) =>
  world.sandbox.addPublicKey(
    application.clientId,
    createPublicKey(pem).export({ format: 'jwk' }) as JsonWebKey,
  )

beforeAll(async () => {
  await freshConsole()
  ;[world, browser] = await Promise.all([
    startWorld({ users: 20, roles: 2, organizations: 2 }),
    openBrowser(),
  ])
  application = world.sandbox.addApplication({
    scopes: ['read:users', 'read:roles', 'read:organizations', 'read:organization_members'],
    method: 'private_key_jwt',
  })
  visitor = await visit(browser, world.url())
  await signIn(visitor.page, admin)
  await visitor.page.goto(setup)
  await field('Auth0 Domain').waitFor()
}, 180_000)

afterAll(async () => {
  expect(visitor.complaints).toEqual([])
  await browser?.close()
  await world?.close()
})

describe('a key pair', () => {
  it('is offered quietly below the secret, and shows its public half only', async () => {
    await field('Auth0 Domain').fill(world.sandbox.domain)
    await field('Client ID').fill(application.clientId)
    await button('Read-only, sync only (4)').click()
    await button('Use a key pair instead of a secret').click()
    await seen(/Owlie keeps the private key/)
    expect(await field('Client Secret').count()).toBe(0)
    expect(await shownKey()).toMatch(/^-----BEGIN PUBLIC KEY-----/)
    expect(await accessibilityFaults(visitor.page)).toEqual([])
  })

  it('comes back after a reload instead of another one', async () => {
    const before = await shownKey()
    await visitor.page.reload()
    await button('Use a key pair instead of a secret').click()
    expect(await shownKey()).toBe(before)
  })

  it('is in the request to the administrator and in what other tools need', async () => {
    const { page } = visitor
    const key = await shownKey()
    const request = await page.getByLabel('Request to the Auth0 administrator').innerText()
    expect(request).toContain(key)
    expect(request).not.toContain('Client Secret over')
    await page.getByText('Create it with…').click()
    for (const [tab, file] of [
      ['Auth0 CLI', 'owlie.sh'],
      ['Terraform', 'owlie.tf'],
      ['Deploy CLI', 'owlie.yaml'],
    ] as const) {
      await page.getByRole('tab', { name: tab }).click()
      const text = await page.getByLabel(`${tab}: ${file}`, { exact: true }).innerText()
      for (const line of key.split('\n')) expect(text).toContain(line)
      for (const scope of application.scopes) expect(text).toContain(scope)
    }
    expect(await accessibilityFaults(page)).toEqual([])
  })

  it('works once Auth0 has it', async () => {
    atAuth0(await shownKey())
    await button('Test connection').click()
    await button('Save and run first sync').waitFor()
    await button('Save').click()
    await visitor.page.getByText('Ready', { exact: true }).first().waitFor()
    await seen(/^in use ·/)
    expect(await visitor.page.content()).not.toContain('PRIVATE KEY')
  })

  it('is replaced by the next one only when that has passed', async () => {
    await button('Replace').click()
    await seen(/The next key pair/)
    const next = await shownKey()
    await button('Test and replace').click()
    await seen(/The old credential stays in use\./)
    atAuth0(next)
    await button('Test and replace').click()
    await visitor.page.getByRole('alert').getByText('The new key pair works and is in use now').waitFor()
    await button('Show the public key').click()
    expect(await shownKey()).toBe(next)
    expect(await accessibilityFaults(visitor.page)).toEqual([])
  })
})

describe('a secret', () => {
  it('that is wrong leaves the old one in use; the right one takes its place', async () => {
    const { page } = visitor
    const { clientId, clientSecret } = world.sandbox.applications.readOnly
    await page.goto(`${setup}?new=true`)
    await field('Auth0 Domain').fill(world.sandbox.domain)
    await field('Client ID').fill(clientId)
    await field('Client Secret').fill(clientSecret)
    await button('Read-only, sync only (4)').click()
    await button('Test connection').click()
    await button('Save and run first sync').waitFor()
    await button('Save').click()
    await seen(new RegExp(`configured · ends …${clientSecret.slice(-4)}`))
    await button('Replace').click()
    await field('Client Secret').fill('mistyped-on-the-way-from-auth0')
    await button('Save').click()
    await seen(/has not passed a test, and the one in use works/)
    await button('Test and replace').click()
    await seen(/The old credential stays in use\./)
    const rotated = 'the-secret-after-rotation-9f27c1d4b8'
    world.sandbox.tenant.clients.get(clientId)!.client_secret = rotated
    await field('Client Secret').fill(rotated)
    await button('Test and replace').click()
    await seen(/configured · ends …d4b8/)
    await page.getByText('Ready', { exact: true }).first().waitFor()
  })
})
