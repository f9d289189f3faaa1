import { startSandbox } from '@owlie/auth0-sandbox'
import { Secret } from '@owlie/connector-kit'
import { runConformance } from '@owlie/connector-kit/testing'
import { auth0 } from '../index.ts'
import { openSession } from './sandbox-session.ts'

runConformance(auth0, async () => {
  const sandbox = await startSandbox({
    users: 650,
    roles: 8,
    organizations: 8,
    indexLagMs: 0,
    shape: { usersSharingCreatedAt: 260, oddIds: true, groups: 6 },
  })
  const opened: { http: { close(): Promise<void> } }[] = []
  const open: typeof openSession = (...given) => {
    const session = openSession(...given)
    opened.push(session)
    return session
  }
  const full = sandbox.applications.everything
  const kept = sandbox.tenant
    .snapshot()
    .users.flatMap(({ app_metadata }) => Object.values({ ...app_metadata }))
    .filter((value): value is string => typeof value === 'string' && value.startsWith('tok_'))
  return {
    open: (overrides) => ({ ...open(sandbox, full), ...overrides }),
    secrets: [full.clientSecret, 'a-wrong-secret', 'eyJ', ...kept.slice(0, 3)],
    broken: () => [
      {
        why: 'a wrong secret',
        session: { ...open(sandbox, full), secrets: { clientSecret: new Secret('a-wrong-secret') } },
      },
      { why: 'no secret', session: { ...open(sandbox, full), secrets: {} } },
      {
        why: 'no grant',
        session: open(sandbox, sandbox.applications.unauthorized, { scopes: 'read:users' }),
      },
      { why: 'no scope', session: open(sandbox, sandbox.applications.none, { scopes: 'read:users' }) },
      { why: 'nobody there', session: open(sandbox, full, { domain: 'localhost:1', retries: 0 }) },
    ],
    async close() {
      await Promise.all(opened.map(({ http }) => http.close()))
      await sandbox.close()
    },
  }
})
