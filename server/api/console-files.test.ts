import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { consoleFiles, withNonce } from './console-files.ts'

let root: string
let app: Hono

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'owlie-console-'))
  const dist = join(root, 'dist')
  await mkdir(join(dist, 'assets'), { recursive: true })
  await writeFile(join(root, 'outside.txt'), 'outside')
  await writeFile(
    join(dist, 'index.html'),
    '<meta property="csp-nonce" nonce="PUT"><script nonce="PUT" src="/assets/a-1.js"></script>',
  )
  await writeFile(join(dist, 'assets', 'a-1.js'), 'export {}')
  await writeFile(join(dist, 'favicon.svg'), '<svg/>')
  app = new Hono().use(consoleFiles(dist))
})

afterAll(() => rm(root, { recursive: true }))

describe('the console’s files', () => {
  it.each(['/', '/admin/integrations/auth0', '/index.html'])(
    '%s is the page, with a nonce of its own',
    async (path) => {
      const answers = await Promise.all([app.request(path), app.request(path)])
      const nonces = await Promise.all(
        answers.map(async (answer) => {
          expect(answer.status).toBe(200)
          expect(answer.headers.get('cache-control')).toBe('no-store')
          const nonce = /'nonce-([^']+)'/.exec(answer.headers.get('content-security-policy')!)![1]!
          const html = await answer.text()
          expect(html.split(`nonce="${nonce}"`)).toHaveLength(3)
          expect(html).not.toContain('PUT')
          return nonce
        }),
      )
      expect(nonces[0]).not.toBe(nonces[1])
    },
  )

  it('assets never change, other files are asked for again', async () => {
    const asset = await app.request('/assets/a-1.js')
    expect(asset.headers.get('cache-control')).toContain('immutable')
    expect(asset.headers.get('content-type')).toContain('text/javascript')
    expect((await app.request('/favicon.svg')).headers.get('cache-control')).toBe('no-cache')
  })

  it.each(['/assets/none.js', '/%2e%2e/outside.txt', '/..%2foutside.txt', '/%E0%A4%A', '/a%00.txt'])(
    '%s is not there',
    async (path) => {
      const answer = await app.request(path)
      expect(answer.status).toBe(404)
      expect(await answer.text()).not.toContain('outside.txt')
    },
  )

  it('says what to do when the console is not built', async () => {
    const answer = await new Hono().use(consoleFiles(join(root, 'nowhere'))).request('/')
    expect(answer.status).toBe(503)
    expect(await answer.text()).toContain('npm run build')
  })
})

it('a page without a placeholder stays as it is', () => {
  expect(withNonce('<p nonce="x">', 'y')).toBe('<p nonce="x">')
})
