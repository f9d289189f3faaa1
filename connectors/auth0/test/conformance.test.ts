import { type FaultEffect, type Sandbox, startSandbox } from '@owlie/auth0-sandbox'
import { Secret } from '@owlie/connector-kit'
import { runConformance, type WriteFault } from '@owlie/connector-kit/testing'
import { auth0 } from '../index.ts'
import { openSession } from './sandbox-session.ts'
import { writeCases } from './write-cases.ts'

const effects: Readonly<Record<WriteFault, FaultEffect>> = {
  'reply lost after the effect': { kind: 'drop', when: 'after' },
  'dropped before the effect': { kind: 'drop', when: 'before' },
  'a clean no': { kind: 'answer', status: 400, body: { statusCode: 400, errorCode: 'invalid_body' } },
}
const absent: Readonly<Record<string, string>> = {
  roles: 'rol_0000000000000000',
  organizations: 'org_0000000000000000',
}
let changes = 0

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
    absent: (kind) => absent[kind] ?? 'auth0|000000000000000000000000',
    truth: (kind, container) => truthOf(sandbox, kind, container ?? ''),
    writes: {
      samples: () =>
        Promise.resolve(
          writeCases.map((row) => ({
            action: row.action,
            changeId: `conformance-${++changes}`,
            ...row.make(sandbox),
          })),
        ),
      // One request may change several things; what counts is that it was carried out once.
      effectsOf: (changeId) =>
        sandbox.requests.entries.filter(
          (entry) => entry.correlationId === changeId && sandbox.writes.of(changeId).length > 0,
        ).length,
      spoil(fault) {
        sandbox.faults.clear()
        if (fault === null) return
        for (const method of ['POST', 'PATCH', 'DELETE'])
          for (const { route } of writeCases)
            sandbox.faults.add({ match: { method, route }, effect: effects[fault] })
      },
    },
    async close() {
      await Promise.all(opened.map(({ http }) => http.close()))
      await sandbox.close()
    },
  }
})

/** From the tenant's state. */
function truthOf({ tenant }: Sandbox, kind: string, container: string): readonly string[] | null {
  switch (kind) {
    case 'users':
      return [...tenant.users].map(({ user_id }) => user_id)
    case 'roles':
      return [...tenant.roles].map(({ id }) => id)
    case 'organizations':
      return [...tenant.organizations].map(({ id }) => id)
    case 'groups':
      return [...tenant.groups].map(({ id }) => id)
    case 'resource_servers':
      return [...tenant.resourceServers].map(({ id }) => id)
    case 'auth0_connections':
      return [...tenant.auth0Connections].map(({ id }) => id)
    case 'role_members':
      return [...tenant.roleHolders(container)].map(({ user_id }) => user_id)
    case 'organization_members':
      return [...tenant.members(container)].map(({ user_id }) => user_id)
    case 'group_members':
      return [...tenant.groupMembers(container)]
        .filter((one) => one.member_type === 'user')
        .map(({ id }) => id)
    case 'group_roles':
      return [...tenant.groups.get(container)!.roles].map((role) => `${container}:${role}`)
    case 'role_permissions':
      return tenant.roles
        .get(container)!
        .permissions.map((one) => `${container} ${one.permission_name} ${one.resource_server_identifier}`)
    default:
      return null
  }
}
