import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { OutgoingHttpHeaders } from 'node:http'
import { request } from 'node:https'
import { connect } from 'node:tls'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSandbox, type Sandbox, type SandboxOptions } from './index.ts'
import { closeClients, credentialsOf, openClient } from './test/api-client.ts'

let directory: string
const small = { users: 2, roles: 1, organizations: 1 }

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'auth0-sandbox-'))
})

afterAll(async () => {
  await rm(directory, { recursive: true })
})

/** What a strict client makes of the certificate: the TLS error code, or `trusted`. */
async function verdict(options: SandboxOptions, servername = 'localhost'): Promise<string> {
  const sandbox = await startSandbox({ ...small, ...options })
  const port = Number(new URL(sandbox.url).port)
  const result = await new Promise<string>((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, servername, ca: sandbox.caPem }, () => {
      socket.end()
      resolve('trusted')
    })
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
  })
  await sandbox.close()
  return result
}

test('trusted under localhost and the chosen domains, by those who know the CA', async () => {
  expect(await verdict({})).toBe('trusted')
  expect(await verdict({ domain: 'acme.eu.auth0.test:443' }, 'acme.eu.auth0.test')).toBe('trusted')
  expect(await verdict({ customDomain: 'login.acme.test' }, 'login.acme.test')).toBe('trusted')
  expect(await verdict({}, 'other.test')).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
})

test('certificates with a fault, on request', async () => {
  expect(await verdict({ certificate: 'expired' })).toBe('CERT_HAS_EXPIRED')
  expect(await verdict({ certificate: 'not-yet-valid' })).toBe('CERT_NOT_YET_VALID')
  expect(await verdict({ certificate: 'wrong-name' })).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
  expect(await verdict({ certificate: 'self-signed' })).toMatch(/SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET/)
})

test('a directory keeps the CA and the signing key: after a restart old tokens and trust still hold', async () => {
  const options = { ...small, caDirectory: directory, domain: 'localhost:1' }
  const first = await startSandbox(options)
  const { token } = await openClient(first)
  await closeClients(first)
  await first.close()
  const second = await startSandbox(options)
  expect(second.caPem).toBe(first.caPem)
  expect(second.caPath).toBe(join(directory, 'ca.pem'))
  const client = await openClient(second)
  expect((await client.get('/roles', { authorization: `Bearer ${token}` })).status).toBe(200)
  await closeClients(second)
  await second.close()
  for (const name of (await readdir(directory)).filter((file) => file.includes('key'))) {
    expect((await stat(join(directory, name))).mode & 0o077, name).toBe(0)
  }
})

/** One request to the sandbox under any of its names. */
function askAs(
  sandbox: Sandbox,
  name: string,
  path: string,
  headers: OutgoingHttpHeaders,
  body?: string,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port: new URL(sandbox.url).port,
        servername: name,
        ca: sandbox.caPem,
        path,
        method: body === undefined ? 'GET' : 'POST',
        headers: { host: name, ...headers },
      },
      (response) => {
        let text = ''
        response.on('data', (chunk: Buffer) => (text += chunk.toString()))
        response.on('end', () => resolve(`${response.statusCode} ${text}`))
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}

test('a custom domain: its tokens name it as issuer, keep the canonical audience, and stay on it', async () => {
  const sandbox = await startSandbox({ ...small, domain: 'acme.test', customDomain: 'login.acme.test' })
  expect(sandbox.domain).toBe('acme.test')
  const form = new URLSearchParams(credentialsOf(sandbox, sandbox.applications.readOnly)).toString()
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  const answer = await askAs(sandbox, 'login.acme.test', '/oauth/token', type, form)
  const { access_token: token } = JSON.parse(answer.slice(4)) as { access_token: string }
  expect(decodeJwt(token)).toMatchObject({
    iss: 'https://login.acme.test/',
    aud: 'https://acme.test/api/v2/',
  })
  const authorization = `Bearer ${token}`
  expect(await askAs(sandbox, 'login.acme.test', '/api/v2/roles', { authorization })).toMatch(/^200 /)
  expect(await askAs(sandbox, 'acme.test', '/api/v2/roles', { authorization })).toMatch(
    /^401 .*Invalid token/,
  )
  await sandbox.close()
})
