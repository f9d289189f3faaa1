import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Secret } from '@owlie/connector-kit'
import type { Actor } from '../model/index.ts'
import { actionsOf, actorOf, allows, type CreatedOperator, type IssuedPassword } from './index.ts'
import { base, codeOf, cookieOf, createBench, given, host, password, totp } from './test/bench.ts'

let bench: Awaited<ReturnType<typeof createBench>>
beforeAll(async () => {
  bench = await createBench()
})
afterAll(() => bench.database.close())

let serial = 0
const invite = async (role: 'admin' | 'auditor' = 'admin') =>
  given(
    await bench.operators.createOperator(host, { email: `new${++serial}@example.com`, name: 'New', role }),
  ) as CreatedOperator & { generatedPassword: Secret }
const person = async (id: string) =>
  (await bench.operators.listOperators('default')).find((each) => each.id === id)!
const actionsOn = async (id: string) =>
  (await bench.audited()).filter(({ subject }) => subject.id === id).map(({ action }) => action)
const body = async (response: Response) => (await response.json()) as { code?: string }

async function secondFactor(cookie: string, word: string): Promise<string> {
  const enabled = await bench.send('/two-factor/enable', { password: word }, { cookie })
  const { totpURI } = (await enabled.json()) as { totpURI: string }
  const confirmed = await bench.send('/two-factor/verify-totp', { code: totp(totpURI) }, { cookie })
  expect(confirmed.status).toBe(200)
  return totpURI
}

describe('one of two people', () => {
  const day = 24 * 60 * 60_000
  const sees = async (email: string, word: string) => {
    bench.clock.now = Math.max(bench.clock.now, Date.now())
    return (await bench.whoIs(cookieOf(await bench.signIn(email, word))))!.standing
  }
  const inADay = async <T>(look: () => Promise<T>): Promise<T> => {
    bench.clock.now = Date.now() + day + 1000
    return look().finally(() => (bench.clock.now = Date.now()))
  }

  test('is who was there before, or was let in by the host; whom another lets in waits a day', async () => {
    const first = await bench.person('admin')
    expect(await sees(first.email, password.reveal())).toBeUndefined()
    const by: Actor = { kind: 'operator', id: first.id, name: 'First', tenantId: 'default' }
    const input = { email: 'sock@example.com', name: 'Sock', role: 'admin', password } as const
    const sock = given(await bench.operators.createOperator(by, input))
    expect(await sees(sock.email, password.reveal())).toBe('new')
    expect(await inADay(() => sees(sock.email, password.reveal()))).toBeUndefined()
  })

  test('a role, a new password and being let in again by another begin a new day', async () => {
    const by: Actor = { kind: 'operator', id: 'first', name: 'First', tenantId: 'default' }
    const raised = await bench.person('auditor')
    given(await bench.operators.setRole(by, raised.id, 'admin'))
    expect(await sees(raised.email, password.reveal())).toBe('new')
    const reset = await bench.person('admin')
    const { oneTimePassword } = given(await bench.operators.resetPassword(by, reset.id, false))
    expect(await sees(reset.email, oneTimePassword.reveal())).toBe('new')
    const back = await bench.person('admin')
    given(await bench.operators.setDisabled(by, back.id, true))
    given(await bench.operators.setDisabled(by, back.id, false))
    expect(await sees(back.email, password.reveal())).toBe('new')
    const recovered = given(
      await bench.operators.recoverAdmin(host, { email: back.email, secondFactorToo: false }),
    ) as IssuedPassword
    expect(await sees(back.email, recovered.oneTimePassword.reveal())).toBeUndefined()
  })

  test('a key is its maker, as long as that one is an admin', async () => {
    const maker = await bench.person('admin')
    const principal = (await bench.whoIs(cookieOf(await bench.signIn(maker.email, password.reveal()))))!
    const made = given(await bench.operators.createApiKey(principal, { name: 'script', scopes: ['*'] }))
    const asKey = async () => {
      bench.clock.now = Date.now()
      const headers = { authorization: `Owlie ${made.key.reveal()}` }
      return (await bench.operators.authenticate(new Request(`${base}/api/graphql`, { headers })))!
    }
    expect(actorOf(await asKey())).toMatchObject({ kind: 'api_key', personId: maker.id })
    expect((await asKey()).standing).toBeUndefined()
    given(await bench.operators.setRole(host, maker.id, 'auditor'))
    expect((await asKey()).standing).toBe('gone')
    given(await bench.operators.setRole({ ...host, kind: 'operator', id: 'o' } as Actor, maker.id, 'admin'))
    expect((await asKey()).standing).toBe('new')
    given(await bench.operators.removeOperator(host, maker.id))
    expect((await asKey()).standing).toBe('gone')
  })
})

describe('a one-time password', () => {
  test('opens the door to choose one’s own, and to nothing else', async () => {
    const { id, email, generatedPassword } = await invite()
    expect(await person(id)).toMatchObject({ createdBy: host.name, signedInAt: null, secondFactor: false })
    const cookie = cookieOf(await bench.signIn(email, generatedPassword.reveal()))
    const principal = (await bench.whoIs(cookie))!
    expect(principal).toMatchObject({ role: 'admin', mustChangePassword: true })
    expect(actionsOf(principal)).toEqual([])
    expect(allows(principal, 'connection.read')).toMatchObject({ code: 'permission.password_change' })

    const change = (newPassword: string) =>
      bench.send('/change-password', { currentPassword: generatedPassword.reveal(), newPassword }, { cookie })
    expect(await body(await change(generatedPassword.reveal()))).toMatchObject({
      code: 'account.same_password',
    })
    expect(await body(await change('short'))).toMatchObject({ code: 'operator.bad_password' })
    const changed = await change('my very own pass phrase')
    expect(changed.status).toBe(200)
    expect(await bench.whoIs(cookieOf(changed))).toMatchObject({ mustChangePassword: false })
    expect((await person(id)).oneTimeUntil).toBeNull()
    expect((await person(id)).signedInAt).toBeInstanceOf(Date)
    expect((await bench.signIn(email, generatedPassword.reveal())).status).toBe(401)
    expect(await actionsOn(id)).toContain('operator.password_changed')
  })

  test('is over after a week', async () => {
    const { id, email, generatedPassword } = await invite()
    await bench.database.pool.query(
      `update operator set one_time_until = now() - interval '1 day' where id = $1`,
      [id],
    )
    const answer = await bench.signIn(email, generatedPassword.reveal())
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([401, []])
    expect(await body(answer)).toMatchObject({ code: 'sign_in.one_time_over' })
    const { rows } = await bench.database.pool.query('select 1 from auth.session where "userId" = $1', [id])
    expect(rows).toEqual([])
  })

  test('a password that was given, not made up, may be kept', async () => {
    const { email } = await bench.person('auditor')
    const cookie = cookieOf(await bench.signIn(email, password.reveal()))
    expect(await bench.whoIs(cookie)).toMatchObject({ mustChangePassword: false })
  })
})

describe('reset by an admin', () => {
  test('ends every session, gives a one-time password once, and leaves the second factor unless asked', async () => {
    const { id, email } = await bench.person('auditor')
    const cookie = cookieOf(await bench.signIn(email, password.reveal()))
    await secondFactor(cookie, password.reveal())
    expect((await person(id)).secondFactor).toBe(true)
    const first = given(await bench.operators.resetPassword(host, id, false)) as IssuedPassword
    expect(await bench.whoIs(cookie)).toBeNull()
    expect((await bench.signIn(email, password.reveal())).status).toBe(401)
    const half = await bench.signIn(email, first.oneTimePassword.reveal())
    expect(await half.json()).toMatchObject({ twoFactorRedirect: true })
    const second = given(await bench.operators.resetPassword(host, id, true)) as IssuedPassword
    expect((await person(id)).secondFactor).toBe(false)
    const whole = cookieOf(await bench.signIn(email, second.oneTimePassword.reveal()))
    expect(await bench.whoIs(whole)).toMatchObject({ mustChangePassword: true })
    expect((await bench.audited()).find(({ subject }) => subject.id === id)?.action).toBe(
      'operator.signed_in',
    )
    expect(await actionsOn(id)).toEqual(
      expect.arrayContaining(['operator.password_reset', 'operator.second_factor_started']),
    )
    expect(JSON.stringify(await bench.audited())).not.toContain(second.oneTimePassword.reveal())
  })

  test('is not for one’s own account, nor for one that is not there', async () => {
    const { id } = await bench.person('admin')
    const self = { kind: 'operator', id, name: 'Self', tenantId: 'default' } as const
    expect(codeOf(await bench.operators.resetPassword(self, id, false))).toBe('operator.own_account')
    expect(codeOf(await bench.operators.setDisabled(self, id, true))).toBe('operator.own_account')
    expect(codeOf(await bench.operators.removeOperator(self, id))).toBe('operator.own_account')
    expect(codeOf(await bench.operators.resetPassword(self, 'nobody', false))).toBe('operator.not_found')
    const elsewhere = { ...host, tenantId: 'other' }
    expect(codeOf(await bench.operators.resetPassword(elsewhere, id, false))).toBe('operator.not_found')
    expect(codeOf(await bench.operators.signOutEverywhere(elsewhere, id))).toBe('operator.not_found')
  })
})

describe('disabled', () => {
  test('is out at once, stays out with the right password, and is back when enabled', async () => {
    const { id, email } = await bench.person('admin')
    const cookie = cookieOf(await bench.signIn(email, password.reveal()))
    given(await bench.operators.setDisabled(host, id, true))
    expect(await bench.whoIs(cookie)).toBeNull()
    const answer = await bench.signIn(email, password.reveal())
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([401, []])
    expect(await body(answer)).toMatchObject({ code: 'sign_in.disabled' })
    expect(await body(await bench.signIn(email, 'not the password'))).toMatchObject({
      code: 'sign_in.refused',
    })
    given(await bench.operators.setDisabled(host, id, false))
    expect((await bench.signIn(email, password.reveal())).status).toBe(200)
    expect(await actionsOn(id)).toEqual(expect.arrayContaining(['operator.disabled', 'operator.enabled']))
  })

  test('also by the second step of a sign-in that had begun before', async () => {
    const { id, email } = await bench.person('auditor')
    const cookie = cookieOf(await bench.signIn(email, password.reveal()))
    const uri = await secondFactor(cookie, password.reveal())
    const half = cookieOf(await bench.signIn(email, password.reveal()))
    given(await bench.operators.setDisabled(host, id, true))
    const whole = await bench.send('/two-factor/verify-totp', { code: totp(uri) }, { cookie: half })
    expect([whole.status, whole.headers.getSetCookie()]).toEqual([401, []])
    expect(await bench.whoIs(cookieOf(whole))).toBeNull()
  })

  test('one admin who can sign in always stays, whatever is tried at the same moment', async () => {
    const tenantId = 'few'
    const by = { ...host, tenantId }
    const [one, two] = [await bench.person('admin', tenantId), await bench.person('admin', tenantId)]
    const race = await Promise.all([
      bench.operators.setDisabled(by, one.id, true),
      bench.operators.setDisabled(by, two.id, true),
    ])
    expect(race.map(codeOf).sort()).toEqual(['done', 'operator.last_admin'])
    const [left] = (await bench.operators.listOperators(tenantId)).filter(({ disabledAt }) => !disabledAt)
    for (const tried of [
      await bench.operators.setRole(by, left!.id, 'auditor'),
      await bench.operators.removeOperator(by, left!.id),
    ])
      expect(codeOf(tried)).toBe('operator.last_admin')
    const out = [one, two].find(({ id }) => id !== left!.id)!
    expect(codeOf(await bench.operators.removeOperator(by, out.id))).toBe('done')
  })
})

describe('on the server’s host, when no admin gets in any more', () => {
  test('the only admin gets a new password, whatever happened to them', async () => {
    const tenantId = 'lost'
    const by = { ...host, tenantId }
    expect(codeOf(await bench.operators.recoverAdmin(by, { email: null, secondFactorToo: false }))).toBe(
      'operator.no_such_admin',
    )
    const { id, email } = await bench.person('admin', tenantId)
    await secondFactor(cookieOf(await bench.signIn(email, password.reveal())), password.reveal())
    await bench.database.pool.query('update operator set disabled_at = now() where id = $1', [id])
    const issued = given(
      await bench.operators.recoverAdmin(by, { email: null, secondFactorToo: true }),
    ) as IssuedPassword
    const cookie = cookieOf(await bench.signIn(email, issued.oneTimePassword.reveal()))
    expect(await bench.whoIs(cookie)).toMatchObject({ id, mustChangePassword: true })
  })

  test('of several one is named, and nobody but an admin is reset this way', async () => {
    const auditor = await bench.person('auditor')
    const ask = (email: string | null) =>
      bench.operators.recoverAdmin(host, { email, secondFactorToo: false })
    expect(codeOf(await ask(null))).toBe('operator.no_such_admin')
    expect(codeOf(await ask(auditor.email))).toBe('operator.no_such_admin')
    const admin = await bench.person('admin')
    expect(given(await ask(admin.email.toUpperCase()))).toMatchObject({ operator: { id: admin.id } })
  })
})

test('a key manages operators only with the scope for it, which no other key can give', async () => {
  const keyOf = async (scopes: string[]) => {
    const made = given(await bench.operators.createApiKey(host, { name: 'k', scopes })) as { key: Secret }
    const headers = { authorization: `Owlie ${made.key.reveal()}` }
    return (await bench.operators.authenticate(new Request(`${base}/api/graphql`, { headers })))!
  }
  const [everything, manager] = [await keyOf(['*']), await keyOf(['operators:write'])]
  expect(allows(everything, 'operator.write')).toMatchObject({ code: 'permission.scope' })
  expect(allows(manager, 'operator.write')).toEqual({ allowed: true })
  const more = await bench.operators.createApiKey(everything, { name: 'x', scopes: ['operators:write'] })
  expect(codeOf(more)).toBe('permission.beyond_own_scopes')
})
