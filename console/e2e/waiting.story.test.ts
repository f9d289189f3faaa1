import type { Browser, Page, Route } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connected, connector } from '../../server/test/connect.ts'
import { admin, startWorld, until, type World } from '../../server/test/world.ts'
import { accessibilityFaults, freshConsole, openBrowser, signIn, visit } from './browser.ts'

/** What every page of an admin shows while the server takes its time, when it fails, and after trying again. */
let world: World
let browser: Browser
let pages: readonly Waiting[]

interface Waiting {
  readonly name: string
  readonly path: string
  /** The requests that wait and fail; absent, all but those of the frame around every page. */
  readonly only?: RegExp
}

beforeAll(async () => {
  await freshConsole()
  ;[world, browser] = await Promise.all([
    startWorld({ users: 60, roles: 4, organizations: 2 }),
    openBrowser(),
  ])
  pages = await furnish()
}, 180_000)

afterAll(async () => {
  await browser?.close()
  await world?.close()
})

/** A connection with two runs, a stop of the guard, identities and an operation that waits: every page has something. */
async function furnish(): Promise<readonly Waiting[]> {
  const caller = await world.signIn()
  const { tenant, applications } = world.sandbox
  const { clientId, clientSecret, scopes } = applications.everything
  const connection = await connected(world, caller, { clientId, clientSecret, scopes: scopes.join(' ') })
  const { send, startSync, ended } = connector(world, caller)
  for (const { user_id } of [...tenant.users.rows()].slice(0, 15)) tenant.removeUser(user_id)
  const run = (await startSync(connection))['id'] as string
  await ended(run)
  const user = tenant.users.rows()[0]!.user_id
  const operation = await send(
    `mutation ($id: ID!, $items: [OperationItem!]!) { submitOperation(connectionId: $id, items: $items) {
      ... on Operation { id } ... on Refusal { failures { message } } } }`,
    { id: connection, items: [{ action: 'user.block', target: { user: [user] } }] },
  )
  const known = await until(
    'there are identities',
    async () =>
      (
        await world.ask(
          caller,
          `{ identities(first: 1) { nodes { id } } guardStops { id } accounts(first: 1) { nodes { id } }
            entitlements(first: 1, filter: { type: "role" }) { nodes { id } } }`,
        )
      ).data!,
    ({ identities }) => identities.nodes.length > 0,
  )
  const account = `/admin/accounts/${known['accounts'].nodes[0].id}`
  const integration = '/admin/integrations/auth0'
  return [
    { name: 'overview', path: '/admin' },
    { name: 'setup', path: `${integration}?connection=${connection}` },
    { name: 'runs', path: `${integration}/runs` },
    { name: 'run', path: `${integration}/runs/${run}` },
    { name: 'run-evidence', path: `${integration}/runs/${run}`, only: /query (RunEvidence|OtherRuns)\b/ },
    { name: 'accounts', path: '/admin/accounts' },
    { name: 'account', path: account },
    { name: 'account-access', path: account, only: /query (AccountAccess|AccountGrants|AccountIdentity)\b/ },
    { name: 'stale', path: '/admin/stale' },
    { name: 'role', path: `/admin/roles/${known['entitlements'].nodes[0].id}` },
    { name: 'identities', path: '/admin/identities' },
    { name: 'identity', path: `/admin/identities/${known['identities'].nodes[0].id}` },
    { name: 'orphans', path: '/admin/identities/orphans' },
    { name: 'matching', path: '/admin/settings/identities' },
    { name: 'drift', path: '/admin/drift' },
    { name: 'policies', path: '/admin/drift/policies' },
    { name: 'baseline', path: '/admin/drift/baseline' },
    { name: 'operations', path: '/admin/operations' },
    { name: 'operation-new', path: '/admin/operations/new' },
    { name: 'operation', path: `/admin/operations/${operation['id']}` },
    { name: 'guard', path: '/admin/guard' },
    { name: 'guard-stop', path: `/admin/guard/${known['guardStops'][0].id}` },
    { name: 'people', path: '/admin/settings/people' },
    { name: 'audit', path: '/admin/audit' },
  ]
}

/** As the server says it of a fault of its own. */
const fault = {
  kind: 'defect',
  code: 'owlie.defect',
  message: 'Something in Owlie went wrong.',
  remedy: 'Try again. If it stays, look for 3f2a in the server’s log and report it.',
}

/** Holds the page's requests back, lets them fail, or lets them through. */
class Gate {
  private readonly held: Route[] = []
  private does: 'hold' | 'fail' | 'pass' = 'pass'
  private only = /./

  async stand(page: Page): Promise<void> {
    await page.route('**/api/graphql', async (route) => {
      const query = route.request().postData() ?? ''
      if (this.does === 'pass' || query.includes('query Viewer') || !this.only.test(query))
        return route.fallback()
      if (this.does === 'hold') return void this.held.push(route)
      return this.refuse(route)
    })
  }

  hold(only = /./): void {
    this.held.length = 0
    this.does = 'hold'
    this.only = only
  }

  get holds(): number {
    return this.held.length
  }

  async fail(): Promise<void> {
    this.does = 'fail'
    await Promise.all(this.held.splice(0).map((route) => this.refuse(route)))
  }

  pass(): void {
    this.does = 'pass'
  }

  /** A page that was left takes its requests along. */
  private async refuse(route: Route): Promise<void> {
    const errors = [{ message: fault.message, extensions: { failure: fault } }]
    await route.fulfill({ status: 500, json: { errors } }).catch(() => undefined)
  }
}

async function lookAt(page: Page, name: string): Promise<string[]> {
  const shots = process.env['OWLIE_SCREENSHOTS']
  if (shots) await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true })
  const isWider = await page.evaluate('document.documentElement.scrollWidth > window.innerWidth')
  const faults = (await accessibilityFaults(page)).map((one) => `${name}: ${one}`)
  return isWider ? [...faults, `${name}: wider than the screen`] : faults
}

const busy = (page: Page) => page.locator('main .mantine-Skeleton-root, main [aria-busy="true"]')
const again = (page: Page) => page.locator('main').getByRole('button', { name: 'Try again' })

// The parts are the same everywhere: every other page in each look is enough, unless somebody wants to see them all.
const all = process.env['OWLIE_SCREENSHOTS'] !== undefined

describe.each([
  ['light', 1280, 0],
  ['dark', 390, 1],
] as const)('%s, %i wide', (theme, width, turn) => {
  it('shows the shape of what comes, then why it did not, and goes on when asked to', async () => {
    const { page, context, complaints } = await visit(browser, world.url(), theme, width)
    await signIn(page, admin)
    const gate = new Gate()
    await gate.stand(page)
    const faults: string[] = []
    for (const { name, path, only } of pages.filter((_, at) => all || at % 2 === turn)) {
      const expected = async (what: Promise<void>, otherwise: string) =>
        what.catch(() => void faults.push(`${name}: ${otherwise}`))
      // What the page before still asks for is not this one's.
      await page.goto('about:blank')
      gate.hold(only)
      await page.goto(path)
      await until(
        `${name} asks`,
        () => Promise.resolve(gate.holds),
        (holds) => holds > 0,
      )
      await expected(busy(page).first().waitFor({ timeout: 4_000 }), 'nothing shows that it loads')
      faults.push(...(await lookAt(page, `loading-${name}-${theme}-${width}`)))
      await gate.fail()
      await expected(
        again(page).first().waitFor({ timeout: 8_000 }),
        'it fails, and nobody is told or can try again',
      )
      faults.push(...(await lookAt(page, `failing-${name}-${theme}-${width}`)))
      gate.pass()
      for (let left = await again(page).count(); left > 0; left--) await again(page).first().click()
      const gone = page.getByText(fault.message).first().waitFor({ state: 'detached', timeout: 8_000 })
      await expected(gone, 'the failure stays')
    }
    expect(faults).toEqual([])
    expect(complaints).toEqual([])
    await context.close()
  }, 240_000)
})
