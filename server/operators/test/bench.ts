import { createHmac } from 'node:crypto'
import { Secret } from '@owlie/connector-kit'
import { list as listAudit } from '../../audit/index.ts'
import type { Database } from '../../db/index.ts'
import { type Actor, isRefusal } from '../../model/index.ts'
import { testDatabase } from '../../test/database.ts'
import { type CreatedOperator, createOperators, type Operators, type Role } from '../index.ts'

export const base = 'http://localhost:3000'
export const password = new Secret('correct horse battery staple')
/** Part of the secret that signs cookies; must never be seen anywhere. */
export const signingCanary = 'ECRET-canary-77120481'
export const host: Actor & { kind: 'system' } = {
  kind: 'system',
  id: 'host',
  name: 'Command on the host',
  tenantId: 'default',
}

export interface Ask {
  readonly cookie?: string
  readonly from?: string
  readonly origin?: string
}

/** Operators on a database of their own, with the steps tests repeat. */
export async function createBench() {
  const database: Database = await testDatabase()
  const logged: string[] = []
  const clock = { now: Date.now() }
  const operators: Operators = createOperators({
    database,
    baseUrl: base,
    secret: new Secret('s'.repeat(20) + signingCanary),
    log: (_level, message) => void logged.push(message),
    now: () => clock.now,
  })
  const send = (path: string, body: unknown, ask: Ask = {}) =>
    operators.handler(request(path, body, ask), ask.from ?? address())
  return {
    database,
    operators,
    clock,
    logged,
    send,
    signIn: (email: string, word: string, ask: Ask = {}) =>
      send('/sign-in/email', { email, password: word }, ask),
    whoIs: (cookie: string) =>
      operators.authenticate(new Request(`${base}/api/graphql`, { headers: { cookie } })),
    async person(role: Role, tenantId = 'default'): Promise<CreatedOperator> {
      const email = `person${++people}@example.com`
      const input = { email, name: `Person ${people}`, role, password }
      return given(await operators.createOperator({ ...host, tenantId }, input))
    },
    async audited(tenantId = 'default') {
      return (await database.tenant(tenantId, (trx) => listAudit(trx, { first: 1000 }))).events
    },
  }
}

let people = 0

/** Each caller its own address, so that tests do not slow each other. */
export function address(): string {
  people++
  return `198.51.${people >> 8}.${people & 255}`
}

export function request(path: string, body: unknown, ask: Ask = {}): Request {
  const headers = new Headers({ origin: ask.origin ?? base, 'content-type': 'application/json' })
  if (ask.cookie) headers.set('cookie', ask.cookie)
  if (body === undefined) return new Request(`${base}/api/auth${path}`, { headers })
  return new Request(`${base}/api/auth${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
}

export function cookieOf(response: Response): string {
  return response.headers
    .getSetCookie()
    .map((each) => each.split(';')[0]!)
    .join('; ')
}

/** The value, or an error that names the refusal. */
export function given<T>(value: T): Exclude<T, { refused: unknown }> {
  if (isRefusal(value)) throw new Error(value.refused[0]!.code)
  return value as Exclude<T, { refused: unknown }>
}

export const codeOf = (value: unknown): string =>
  isRefusal(value) ? value.refused.map((failure) => failure.code).join(' ') : 'done'

/** RFC 6238, as an authenticator app does it. */
export function totp(uri: string): string {
  const secret = new URL(uri).searchParams.get('secret')!
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...secret].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g)!.map((byte) => parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)))
  const digest = createHmac('sha1', key).update(counter).digest()
  const at = digest[19]! & 15
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}
