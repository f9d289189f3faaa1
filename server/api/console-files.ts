import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { extname, join, normalize, sep } from 'node:path'
import type { MiddlewareHandler } from 'hono'
import { pagePolicy } from './headers.ts'

const contentTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
}

/**
 * Serves the built console. A path that looks like a file is that file or 404; every other path is the page
 * itself, which finds its way by the path (so a bookmark into the console works). Files under `assets/` have a hash
 * in their name and never change; the page is never stored, and its nonce is new each time.
 */
export function consoleFiles(directory: string): MiddlewareHandler {
  return async (context, next) => {
    if (context.req.method !== 'GET' && context.req.method !== 'HEAD') return next()
    const path = insidePath(context.req.path)
    if (path === null) return next()
    if (extname(path) === '') return page(directory)
    const body = await readFile(join(directory, path)).catch(() => null)
    if (body === null) return next()
    if (path.endsWith('.html')) return page(directory)
    return new Response(body, {
      headers: {
        'content-type': contentTypes[extname(path)] ?? 'application/octet-stream',
        'cache-control': path.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      },
    })
  }
}

/** The path inside the directory, or null when it would leave it or cannot be read. */
function insidePath(requested: string): string | null {
  let decoded: string
  try {
    decoded = decodeURIComponent(requested)
  } catch {
    return null
  }
  if (decoded.includes('\0')) return null
  const path = normalize(decoded).replace(/^[/\\]+/, '')
  return path === '..' || path.startsWith(`..${sep}`) ? null : path
}

async function page(directory: string): Promise<Response> {
  const file = join(directory, 'index.html')
  const html = await readFile(file, 'utf8').catch(() => null)
  if (html === null) return notBuilt()
  const nonce = randomBytes(18).toString('base64')
  return new Response(withNonce(html, nonce), {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': pagePolicy(nonce),
    },
  })
}

/**
 * The build leaves a placeholder wherever a nonce belongs and names it once in
 * `<meta property="csp-nonce" nonce="…">` (Vite's `html.cspNonce`, https://vite.dev/guide/features#content-security-policy-csp).
 */
export function withNonce(html: string, nonce: string): string {
  const placeholder = /<meta[^>]*property="csp-nonce"[^>]*nonce="([^"]+)"/.exec(html)?.[1]
  return placeholder === undefined ? html : html.replaceAll(`nonce="${placeholder}"`, `nonce="${nonce}"`)
}

function notBuilt(): Response {
  const text = 'The console is not built. Run `npm run build`, then reload. The API works at /api/graphql.\n'
  return new Response(text, { status: 503, headers: { 'content-type': 'text/plain; charset=utf-8' } })
}
