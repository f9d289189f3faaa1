import { describe, expect, it } from 'vitest'
import type { Failure } from '@owlie/connector-kit'
import { readConfig, type Config } from './config.ts'

const good = (environment: NodeJS.ProcessEnv): Config => {
  const config = readConfig(environment)
  if ('failures' in config) throw new Error(config.failures.map((failure) => failure.message).join())
  return config
}

describe('the environment, read once', () => {
  it('has a default for everything', () => {
    const config = good({})
    expect(config).toMatchObject({
      port: 3000,
      portIsGiven: false,
      host: '127.0.0.1',
      auth0Hosts: [],
      logLevel: 'info',
    })
    expect([...config.roles]).toEqual(['api', 'worker'])
    expect(config.databaseUrl).toBeNull()
  })

  it('takes an empty variable as unset', () => {
    expect(good({ PORT: '', DATABASE_URL: '', OWLIE_MASTER_KEYS: '' })).toMatchObject({
      port: 3000,
      masterKeys: null,
    })
  })

  it('reads lists, tolerant of spaces and case', () => {
    expect(good({ OWLIE_AUTH0_HOSTS: ' localhost:4443, Login.Example.com ,' }).auth0Hosts).toEqual([
      'localhost:4443',
      'login.example.com',
    ])
    expect([...good({ OWLIE_ROLES: 'worker' }).roles]).toEqual(['worker'])
  })

  it.each([
    ['PORT', '70000'],
    ['PORT', 'abc'],
    ['OWLIE_BASE_URL', 'https://owlie.example.com/app'],
    ['OWLIE_BASE_URL', 'identity.internal'],
    ['DATABASE_URL', 'mysql://root@localhost/x'],
    ['OWLIE_AUTH0_HOSTS', 'https://tenant.example.com'],
    ['OWLIE_ADMIN_EMAIL', 'nobody'],
    ['OWLIE_ADMIN_PASSWORD', 'short'],
    ['OWLIE_ROLES', 'api,web'],
    ['LOG_LEVEL', 'loud'],
  ])('refuses %s=%s with one sentence that names it', (variable, value) => {
    const read = readConfig({ [variable]: value })
    expect(read).toHaveProperty('failures')
    const [failure, ...more] = (read as { failures: readonly Failure[] }).failures
    expect(more).toEqual([])
    expect(failure).toMatchObject({ field: variable, kind: 'config' })
    expect(failure!.message).toContain(variable)
    expect(failure!.message).not.toContain(value)
  })

  it('names every bad variable at once', () => {
    const read = readConfig({ PORT: 'x', LOG_LEVEL: 'loud', OWLIE_ROLES: 'web' })
    expect((read as { failures: unknown[] }).failures).toHaveLength(3)
  })

  it('keeps secrets unprintable', () => {
    const config = good({
      DATABASE_URL: 'postgres://u:canary-7f3@h/d',
      OWLIE_ADMIN_PASSWORD: 'canary-7f3-password',
    })
    expect(JSON.stringify(config)).not.toContain('canary')
  })
})
