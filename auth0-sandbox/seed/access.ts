import type { Random } from '../random.ts'
import type { Organization, PermissionRef, Role, TenantState } from '../tenant/index.ts'
import { departments, organizationWords, roleNames } from './people.ts'
import { seedMoment } from './users.ts'

const day = 86_400_000

export function seedRoles(tenant: TenantState, random: Random, count: number): Role[] {
  const catalogue: PermissionRef[] = [...tenant.resourceServers]
    .filter((server) => !server.is_system)
    .flatMap((server) =>
      server.scopes.map(({ value }) => ({
        permission_name: value,
        resource_server_identifier: server.identifier,
      })),
    )
  const roles: Role[] = []
  for (let index = 0; index < count; index++) {
    const [name, description] = roleNames[index] ?? [
      `Project ${index + 1} Contributor`,
      `Works on project ${index + 1}`,
    ]
    const permissions = random.shuffle([...catalogue]).slice(0, index % 11 === 10 ? 0 : 1 + random.int(6))
    const role: Role = {
      id: `rol_${random.id(16)}`,
      name,
      description,
      permissions,
      type: 'tenant',
      created_at: seedMoment - 1000 * day + index * 3_600_000,
    }
    tenant.roles.put(role)
    roles.push(role)
  }
  return roles
}

/** The first role is nearly everybody's; the rest fall off steeply, and the last few are held by nobody. */
export function seedHolders(
  tenant: TenantState,
  random: Random,
  roles: readonly Role[],
  userIds: readonly string[],
): void {
  for (const [index, role] of roles.entries()) {
    const share = index === 0 ? 0.6 : 0.22 / (index + 1) ** 1.05
    const unused = index > 0 && index >= roles.length - 2
    assignTo(
      tenant,
      random,
      role.id,
      pickSome(random, userIds, unused ? 0 : Math.round(userIds.length * share)),
    )
  }
}

/** Assigns in ascending time, so that every row is appended and none inserted. */
export function assignTo(
  tenant: TenantState,
  random: Random,
  roleId: string,
  userIds: readonly string[],
): void {
  const step = Math.max(1, Math.floor((400 * day) / Math.max(1, userIds.length)))
  let at = seedMoment - 400 * day
  for (const userId of userIds) {
    at += 1 + random.int(step)
    tenant.assignRole(userId, roleId, at)
  }
}

/** Distinct members of `items`, in random order. */
export function pickSome<T>(random: Random, items: readonly T[], count: number): T[] {
  if (count >= items.length) return random.shuffle([...items])
  if (count * 3 > items.length) return random.shuffle([...items]).slice(0, count)
  const picked = new Set<T>()
  while (picked.size < count) picked.add(random.pick(items))
  return [...picked]
}

export function seedOrganizations(tenant: TenantState, random: Random, count: number): Organization[] {
  const { first, second } = organizationWords
  const enterprise = [...tenant.auth0Connections].filter(({ strategy }) =>
    ['samlp', 'oidc', 'ad'].includes(strategy),
  )
  const made: Organization[] = []
  const taken = new Set<string>()
  for (let index = 0; index < count; index++) {
    const display = `${random.pick(first)} ${random.pick(second)}`
    const base = display.toLowerCase().replace(' ', '-')
    const name = taken.has(base) ? `${base}-${index + 1}` : base
    taken.add(name)
    const organization: Organization = {
      id: `org_${random.id(16)}`,
      name,
      display_name: name === base ? display : `${display} ${index + 1}`,
      ...(random.chance(0.4) ? { branding: brandingOf(random, name) } : {}),
      ...(random.chance(0.5)
        ? { metadata: { plan: random.pick(['trial', 'team', 'enterprise']), region: 'eu' } }
        : {}),
      enabled_connections: random.chance(0.3)
        ? [
            {
              connection_id: random.pick(enterprise).id,
              assign_membership_on_login: random.chance(0.3),
              show_as_button: true,
              is_signup_enabled: false,
            },
          ]
        : [],
      created_at: seedMoment - 900 * day + index * 60_000 * 7,
    }
    tenant.organizations.put(organization)
    made.push(organization)
  }
  return made
}

function brandingOf(random: Random, name: string): NonNullable<Organization['branding']> {
  const colour = (): string => `#${random.id(6, '0123456789ABCDEF')}`
  return {
    logo_url: `https://assets.example/logos/${name}.png`,
    colors: { primary: colour(), page_background: '#FFFFFF' },
  }
}

/** Sizes are log-normal about the mean: most organizations small, a few large, some empty. */
export function seedMembers(
  tenant: TenantState,
  random: Random,
  organizations: readonly Organization[],
  roles: readonly Role[],
  userIds: readonly string[],
  mean: number,
): void {
  const memberRoles = roles.slice(0, 12)
  for (const organization of organizations) {
    const size = random.chance(0.03) ? 0 : Math.max(1, Math.round(mean * 0.6 * Math.exp(random.normal())))
    joinAll(
      tenant,
      random,
      organization.id,
      pickSome(random, userIds, Math.min(size, userIds.length)),
      memberRoles,
    )
  }
}

export function joinAll(
  tenant: TenantState,
  random: Random,
  organizationId: string,
  userIds: readonly string[],
  roles: readonly Role[],
): void {
  let at = seedMoment - 300 * day
  const step = Math.max(1, Math.floor((300 * day) / Math.max(1, userIds.length)))
  for (const userId of userIds) {
    at += 1 + random.int(step)
    const held = roles.length > 0 && random.chance(0.4) ? pickSome(random, roles, 1 + random.int(2)) : []
    tenant.addMember(
      organizationId,
      userId,
      held.map(({ id }) => id),
      0,
      at,
    )
  }
}

/** Groups as an enterprise connection provisions them; the second holds the first, as nesting happens. */
export function seedGroups(
  tenant: TenantState,
  random: Random,
  count: number,
  roles: readonly Role[],
  organizations: readonly Organization[],
  userIds: readonly string[],
): void {
  const connection = tenant.auth0Connection('northwind-saml')!
  let previous: string | undefined
  for (let index = 0; index < count; index++) {
    const department = departments[index % departments.length]![0]
    const at = new Date(seedMoment - 200 * day + index * day).toISOString()
    const group = tenant.addGroup({
      id: `grp_${random.id(22, '123456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ')}`,
      name: index < departments.length ? department : `${department} ${index + 1}`,
      external_id: `northwind-${index + 1}`,
      connection_id: connection.id,
      created_at: at,
      updated_at: at,
    })
    let moment = seedMoment - 100 * day
    for (const userId of pickSome(random, userIds, Math.min(userIds.length, 5 + random.int(40)))) {
      tenant.addGroupMember(group.id, userId, 'user', (moment += 60_000))
    }
    if (previous && index % 3 === 1) tenant.addGroupMember(group.id, previous, 'group', moment + 60_000)
    if (roles.length > 0) group.roles.add(random.pick(roles).id)
    const organization = organizations[index]
    if (organization && roles.length > 0)
      group.organization_roles.set(organization.id, new Set([random.pick(roles).id]))
    previous = group.id
  }
}
