import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Secret } from '@owlie/connector-kit'
import { createOperators } from './index.ts'
import { address, base, cookieOf, createBench, given, host, password, request, totp } from './test/bench.ts'

let bench: Awaited<ReturnType<typeof createBench>>
beforeAll(async () => {
  bench = await createBench()
})
afterAll(() => bench.database.close())

describe('sign-in', () => {
  test('cookie, session, sign-out', async () => {
    const { email, id } = await bench.person('auditor')
    const response = await bench.signIn(email, password.reveal())
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.getSetCookie().join()).toMatch(/owlie\.session_token=.*HttpOnly; SameSite=Lax/)
    const cookie = cookieOf(response)
    const token = decodeURIComponent(cookie.split('=')[1]!).split('.')[0]!
    expect(await response.text()).not.toContain(token)
    expect(await bench.whoIs(cookie)).toMatchObject({
      kind: 'operator',
      id,
      email,
      tenantId: 'default',
      role: 'auditor',
    })
    const session = await bench.send('/get-session', undefined, { cookie })
    expect(await session.text()).not.toContain(token)
    expect((await bench.send('/sign-out', {}, { cookie })).status).toBe(200)
    expect(await bench.whoIs(cookie)).toBeNull()
    const actions = (await bench.audited())
      .filter((event) => event.subject.id === id)
      .map((event) => event.action)
    expect(actions).toEqual(['operator.signed_out', 'operator.signed_in', 'operator.created'])
  })

  test('on https the cookie is bound to the host', async () => {
    const secure = 'https://owlie.example.com'
    const there = createOperators({
      database: bench.database,
      baseUrl: secure,
      secret: new Secret('q'.repeat(40)),
    })
    const { email } = await bench.person('admin')
    const headers = { origin: secure, 'content-type': 'application/json' }
    const body = JSON.stringify({ email, password: password.reveal() })
    const response = await there.handler(
      new Request(`${secure}/api/auth/sign-in/email`, { method: 'POST', headers, body }),
      address(),
    )
    expect(response.headers.getSetCookie()[0]).toMatch(
      /^__Host-owlie\.session_token=[^;]+;(?!.*Domain).*Path=\/;.*Secure/,
    )
    expect(
      await there.authenticate(new Request(secure, { headers: { cookie: cookieOf(response) } })),
    ).toMatchObject({ email })
  })

  test('a cookie set before signing in is not the one after, and dies with it', async () => {
    const { email } = await bench.person('admin')
    const first = cookieOf(await bench.signIn(email, password.reveal()))
    const second = cookieOf(await bench.signIn(email, password.reveal(), { cookie: first }))
    expect(second).not.toBe(first)
    const planted = 'owlie.session_token=planted.signature'
    const third = cookieOf(await bench.signIn(email, password.reveal(), { cookie: planted }))
    expect(third).not.toContain('planted')
    expect(await bench.whoIs(planted)).toBeNull()
  })

  test('unknown account, wrong password and a malformed address get the same answer', async () => {
    const { email } = await bench.person('admin')
    const answers = await Promise.all(
      [email, 'nobody@example.com', 'not an address'].map(async (each) => {
        const response = await bench.signIn(each, 'a wrong password')
        return `${response.status} ${await response.text()} ${response.headers.getSetCookie().length}`
      }),
    )
    expect(new Set(answers).size).toBe(1)
    expect(answers[0]).toContain('sign_in.refused')
    const refusals = (await bench.audited()).filter((event) => event.action === 'operator.sign_in_refused')
    expect(refusals.length).toBeGreaterThanOrEqual(3)
    expect(JSON.stringify(refusals)).not.toContain('nobody@example.com')
  })

  test('guesses at once are few looks; the right password waits too; then it works', async () => {
    const { email, id } = await bench.person('admin')
    const responses = await Promise.all(
      Array.from({ length: 60 }, () => bench.signIn(email, 'guess guess guess')),
    )
    const statuses = responses.map((response) => response.status)
    expect(statuses.filter((status) => status === 401)).toHaveLength(5)
    expect(statuses.filter((status) => status === 429)).toHaveLength(55)
    const blocked = await bench.signIn(email, password.reveal())
    expect(blocked.status).toBe(429)
    expect(Number(blocked.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await blocked.json()).toMatchObject({ code: 'sign_in.too_many_attempts', kind: 'throttled' })
    const looks = (await bench.audited()).filter(
      (event) => event.subject.id === id && event.action === 'operator.sign_in_refused',
    )
    expect(looks).toHaveLength(5)
    bench.clock.now += 2000
    expect((await bench.signIn(email, password.reveal())).status).toBe(200)
    expect((await bench.signIn(email, 'guess guess guess')).status).toBe(401)
  })

  test('unknown accounts are slowed just like known ones', async () => {
    const statuses = await Promise.all(
      Array.from(
        { length: 12 },
        async () => (await bench.signIn('ghost@example.com', 'guess guess guess')).status,
      ),
    )
    expect(statuses.filter((status) => status === 401)).toHaveLength(5)
  })

  test('an address is what the connection says, not what a header claims', async () => {
    const from = address()
    const statuses: number[] = []
    for (let at = 0; at < 30; at++) {
      const claim = request('/sign-in/email', { email: `x${at}@example.com`, password: 'guess guess guess' })
      claim.headers.set('x-forwarded-for', `203.0.113.${at}`)
      claim.headers.set('x-owlie-address', `203.0.113.${at}`)
      statuses.push((await bench.operators.handler(claim, from)).status)
    }
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(21)
    expect(statuses.at(-1)).toBe(429)
  })
})

describe('sessions end', () => {
  async function signedIn(role: 'admin' | 'auditor' = 'auditor') {
    const operator = await bench.person(role)
    return { ...operator, cookie: cookieOf(await bench.signIn(operator.email, password.reveal())) }
  }
  const age = (id: string, what: string) =>
    bench.database.pool.query(`update auth.session set ${what} where "userId" = $1`, [id])

  test('after 12 h without use', async () => {
    const { id, cookie } = await signedIn()
    await age(id, `"updatedAt" = now() - interval '12 hours 1 second'`)
    expect(await bench.whoIs(cookie)).toBeNull()
  })

  test('after 7 days, however busy', async () => {
    const { id, cookie } = await signedIn()
    await age(id, `"createdAt" = now() - interval '6 days 23 hours'`)
    expect(await bench.whoIs(cookie)).not.toBeNull()
    await age(id, `"expiresAt" = now() + interval '9 days'`)
    const { rows } = await bench.database.pool.query<{ left: boolean }>(
      `select "expiresAt" < now() + interval '61 minutes' as left from auth.session where "userId" = $1`,
      [id],
    )
    expect(rows).toEqual([{ left: true }])
    await age(id, `"createdAt" = now() - interval '7 days 1 second'`)
    expect(await bench.whoIs(cookie)).toBeNull()
  })

  test('when the role changes: the old session is dead, the new role holds', async () => {
    const { id, email, cookie } = await signedIn()
    given(await bench.operators.setRole(host, id, 'requester'))
    expect(await bench.whoIs(cookie)).toBeNull()
    expect(await bench.whoIs(cookieOf(await bench.signIn(email, password.reveal())))).toMatchObject({
      role: 'requester',
    })
  })

  test('when the operator is removed', async () => {
    const { id, email, cookie } = await signedIn()
    given(await bench.operators.removeOperator(host, id))
    expect(await bench.whoIs(cookie)).toBeNull()
    expect((await bench.signIn(email, password.reveal())).status).toBe(401)
  })

  test('a new password ends the other sessions', async () => {
    const { email, cookie } = await signedIn()
    const other = cookieOf(await bench.signIn(email, password.reveal()))
    const body = {
      currentPassword: password.reveal(),
      newPassword: 'another long pass phrase',
      revokeOtherSessions: false,
    }
    const response = await bench.send('/change-password', body, { cookie })
    expect(response.status).toBe(200)
    expect(await bench.whoIs(other)).toBeNull()
    expect(await bench.whoIs(cookieOf(response))).toMatchObject({ email })
  })
})

describe('the door', () => {
  test.each([
    ['/sign-up/email', 404],
    ['/api-key/create', 404],
    ['/api-key/verify', 404],
    ['/update-user', 404],
    ['/delete-user', 404],
    ['/list-sessions', 404],
    ['/request-password-reset', 404],
    ['/sign-in/social', 404],
    ['/constructor', 404],
    ['/get-session', 405],
  ])('%s is closed', async (path, status) => {
    const body = { email: 'new@example.com', password: password.reveal(), name: 'New' }
    expect((await bench.send(path, body)).status).toBe(status)
  })

  test('foreign pages, forms and floods are refused', async () => {
    const { email } = await bench.person('admin')
    expect((await bench.signIn(email, password.reveal(), { origin: 'https://evil.example' })).status).toBe(
      403,
    )
    const form = request('/sign-in/email', {})
    form.headers.set('content-type', 'application/x-www-form-urlencoded')
    expect((await bench.operators.handler(form, address())).status).toBe(415)
    expect((await bench.signIn(email, 'x'.repeat(20_000))).status).toBe(413)
  })

  test('a cookie from a foreign page is nobody', async () => {
    const { email } = await bench.person('admin')
    const cookie = cookieOf(await bench.signIn(email, password.reveal()))
    const ask = (origin: string) =>
      bench.operators.authenticate(
        new Request(`${base}/api/graphql`, {
          method: 'POST',
          headers: { cookie, origin, 'content-type': 'application/json' },
          body: '{}',
        }),
      )
    expect(await ask(base)).toMatchObject({ email })
    expect(await ask('https://evil.example')).toBeNull()
  })

  test('a second factor: the password alone is no session', async () => {
    const { email, id } = await bench.person('admin')
    const cookie = cookieOf(await bench.signIn(email, password.reveal()))
    const started = (await (
      await bench.send('/two-factor/enable', { password: password.reveal() }, { cookie })
    ).json()) as { totpURI: string }
    const confirmed = await bench.send('/two-factor/verify-totp', { code: totp(started.totpURI) }, { cookie })
    expect(confirmed.status).toBe(200)
    const half = await bench.signIn(email, password.reveal())
    expect(await half.json()).toMatchObject({ twoFactorRedirect: true })
    expect(await bench.whoIs(cookieOf(half))).toBeNull()
    const whole = await bench.send(
      '/two-factor/verify-totp',
      { code: totp(started.totpURI) },
      { cookie: cookieOf(half) },
    )
    expect(await bench.whoIs(cookieOf(whole))).toMatchObject({ email })
    const signedIn = (await bench.audited()).filter(
      (event) => event.subject.id === id && event.action === 'operator.signed_in',
    )
    expect(signedIn.length).toBeGreaterThanOrEqual(2)
  })
})
