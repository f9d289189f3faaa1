import { describe, expect, test } from 'vitest'
import { crossSite } from './origin.ts'

const base = 'https://owlie.example.com'
const ask = (method: string, headers: Record<string, string>, body?: string) =>
  crossSite(
    new Request(`${base}/api/graphql`, { method, headers, ...(body === undefined ? {} : { body }) }),
    base,
  )?.code ?? 'own'

const json = { 'content-type': 'application/json' }
const cookie = { cookie: 'owlie.session_token=x' }

describe('crossSite', () => {
  const origins: [string, Record<string, string>, string][] = [
    ['same origin', { origin: base, 'sec-fetch-site': 'same-origin' }, 'own'],
    ['same origin, old browser', { origin: base }, 'own'],
    [
      'another site',
      { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
      'request.cross_site',
    ],
    [
      'a sibling host',
      { origin: 'https://x.example.com', 'sec-fetch-site': 'same-site' },
      'request.cross_site',
    ],
    ['another scheme', { origin: 'http://owlie.example.com' }, 'request.cross_site'],
    ['another port', { origin: `${base}:8443` }, 'request.cross_site'],
    ['a longer name', { origin: `${base}.evil.example` }, 'request.cross_site'],
    ['a sandboxed frame', { origin: 'null' }, 'request.cross_site'],
    ['typed into the address bar', { 'sec-fetch-site': 'none' }, 'request.cross_site'],
    ['own origin said, foreign site', { origin: base, 'sec-fetch-site': 'cross-site' }, 'request.cross_site'],
  ]
  test.each(origins)('%s', (_what, headers, answer) => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      expect(ask(method, { ...json, ...cookie, ...headers }, '{}')).toBe(answer)
    }
    expect(ask('GET', { ...cookie, ...headers })).toBe('own')
  })

  const types: [string | undefined, string][] = [
    ['application/json', 'own'],
    ['application/json; charset=utf-8', 'own'],
    ['text/plain', 'request.not_json'],
    ['application/x-www-form-urlencoded', 'request.not_json'],
    ['multipart/form-data; boundary=x', 'request.not_json'],
    ['application/json-evil', 'request.not_json'],
    ['text/plain; application/json', 'request.not_json'],
    [undefined, 'request.not_json'],
  ]
  test.each(types)('content type %s', (type, answer) => {
    const headers = { origin: base, ...cookie, ...(type === undefined ? {} : { 'content-type': type }) }
    expect(ask('POST', headers, '{}')).toBe(answer)
  })

  test('a cookie without any word of where from is refused; a program without one is not', () => {
    expect(ask('POST', { ...json, ...cookie }, '{}')).toBe('request.cross_site')
    expect(ask('POST', json, '{}')).toBe('own')
    expect(ask('POST', { ...cookie, origin: base })).toBe('own')
  })
})
