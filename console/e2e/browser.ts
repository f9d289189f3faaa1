import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { AxeBuilder } from '@axe-core/playwright'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { buildConsole, consoleIsFresh } from '../../server/start/console-build.ts'

/**
 * A real browser without anything installed by hand: the one that npm brings (its own libraries and fonts included),
 * or CHROMIUM_PATH.
 */
export async function openBrowser(): Promise<Browser> {
  const given = process.env['CHROMIUM_PATH']
  return chromium.launch({
    executablePath: given && existsSync(given) ? given : await packagedChromium(),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-background-networking',
      '--no-first-run',
      '--font-render-hinting=none',
    ],
  })
}

async function packagedChromium(): Promise<string> {
  // The package unpacks its own libraries and fonts only where it believes to be in its usual home.
  process.env['AWS_LAMBDA_JS_RUNTIME'] ??= 'nodejs22.x'
  const { default: packaged } = await import('@sparticuz/chromium')
  const path = await packaged.executablePath()
  execFileSync(path, ['--version'], { stdio: 'ignore', timeout: 20_000 })
  return path
}

/** Builds the console when its sources are newer than what is built: what the server serves is what is tested. */
export async function freshConsole(): Promise<void> {
  const directory = fileURLToPath(new URL('../', import.meta.url))
  const schema = fileURLToPath(new URL('../../schema.graphql', import.meta.url))
  if (await consoleIsFresh(directory, schema)) return
  const wrong = await buildConsole(directory, () => undefined)
  if (wrong !== null) throw new Error(wrong)
}

export type Theme = 'light' | 'dark'

export interface Visitor {
  readonly context: BrowserContext
  readonly page: Page
  /** What went wrong in the browser: exceptions, console errors, refused resources. Empty when all is well. */
  readonly complaints: string[]
}

export async function visit(
  browser: Browser,
  url: string,
  theme: Theme = 'light',
  width = 1280,
): Promise<Visitor> {
  const context = await browser.newContext({
    baseURL: url,
    colorScheme: theme,
    reducedMotion: 'reduce',
    viewport: { width, height: width < 600 ? 844 : 900 },
  })
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`))
  page.on('console', (message) => {
    // A refused request is told by the browser itself; whether it was right to be refused is the test's business.
    const isRefusal = message.text().startsWith('Failed to load resource')
    if (message.type() === 'error' && !isRefusal) complaints.push(`console: ${message.text()}`)
  })
  return { context, page, complaints }
}

export async function signIn(page: Page, who: { email: string; password: string }): Promise<void> {
  await page.goto('/')
  await page.getByLabel(/e-?mail/i).fill(who.email)
  await page.getByLabel('Password', { exact: true }).fill(who.password)
  await page.getByRole('button', { name: /sign in/i }).click()
  await page.waitForURL((address) => !address.pathname.includes('sign-in'))
}

/** Accessibility faults of what is on screen: rule, impact, and where. WCAG 2.0–2.2 A and AA, and best practices. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations.flatMap(({ id, impact, nodes }) =>
    nodes.map(
      (node) => `${id} (${impact}): ${node.target.join(' ')}: ${node.failureSummary?.split('\n')[1]?.trim()}`,
    ),
  )
}
