import type { Sandbox } from '@owlie/auth0-sandbox'
import fc from 'fast-check'
import type { Item } from '../index.ts'
import { item } from './bench.ts'

type Tenant = Sandbox['tenant']

const billing = 'https://billing.example/api'
const permission = (name: string) => ({ resource_server_identifier: billing, permission_name: name })

/** A few objects of their own for one plan, so that plans do not meet, with something to take away in each. */
export interface Objects {
  readonly users: readonly string[]
  readonly roles: readonly string[]
  readonly organizations: readonly string[]
  /** In every name once. */
  readonly name: string
}

let made = 0

export function objects(tenant: Tenant): Objects {
  const name = `previewed-${++made}`
  const users = [1, 2, 3].map(
    (at) => tenant.addUser({ email: `${name}-${at}@previewed.example`, name: 'Before' }).user_id,
  )
  const roles = [1, 2].map((at) => {
    const { id } = tenant.addRole({ name: `${name} ${at}`, description: 'Before' })
    if (at === 1) tenant.updateRole(id, { permissions: [permission('read:invoice')] })
    return id
  })
  const organizations = [1, 2].map(
    (at) => tenant.addOrganization({ name: `${name}-${at}`, display_name: 'Before' }).id,
  )
  tenant.addMember(organizations[0]!, users[0]!)
  tenant.assignMemberRole(organizations[0]!, users[0]!, roles[0]!)
  tenant.assignRole(users[1]!, roles[0]!)
  tenant.updateUser(users[2]!, { blocked: true })
  return { users, roles, organizations, name }
}

/** Which of the objects, and which of the values. */
export interface Pick {
  readonly at: number
  readonly value: number
}

const names = ['Ada', 'Grace', 'Before']
const of = <T>(all: readonly T[], at: number): T => all[at % all.length]!

/** Everything the connector can do, on those objects. */
export const wishes: Readonly<Record<string, (on: Objects, pick: Pick) => Item>> = {
  'user.create': ({ name }, { value }) =>
    item(
      'user.create',
      {},
      {
        connection: 'Username-Password-Authentication',
        email: `${name}-new${value % 2}@previewed.example`,
        name: 'New',
      },
    ),
  'user.update': ({ users }, { at, value }) =>
    item('user.update', { user: [of(users, at)] }, { name: of(names, value) }),
  'user.block': ({ users }, { at }) => item('user.block', { user: [of(users, at)] }),
  'user.unblock': ({ users }, { at }) => item('user.unblock', { user: [of(users, at)] }),
  'user.delete': ({ users }, { at }) => item('user.delete', { user: [of(users, at)] }),
  'user.revoke_sessions': ({ users }, { at }) => item('user.revoke_sessions', { user: [of(users, at)] }),
  'role.create': ({ name }, { value }) =>
    item('role.create', {}, { name: `${name} new${value % 2}`, description: 'New' }),
  'role.update': ({ roles }, { at, value }) =>
    item('role.update', { role: [of(roles, at)] }, { description: of(names, value) }),
  'role.delete': ({ roles }, { at }) => item('role.delete', { role: [of(roles, at)] }),
  'role.add_permissions': ({ roles }, { at, value }) =>
    item(
      'role.add_permissions',
      { role: [of(roles, at)] },
      {
        permissions: [permission(value % 2 ? 'read:invoice' : 'write:invoice')],
      },
    ),
  'role.remove_permissions': ({ roles }, { at }) =>
    item('role.remove_permissions', { role: [of(roles, at)] }, { permissions: [permission('read:invoice')] }),
  'organization.create': ({ name }, { value }) =>
    item('organization.create', {}, { name: `${name}-new${value % 2}`, display_name: 'New' }),
  'organization.update': ({ organizations }, { at, value }) =>
    item(
      'organization.update',
      { organization: [of(organizations, at)] },
      { display_name: of(names, value) },
    ),
  'organization.delete': ({ organizations }, { at }) =>
    item('organization.delete', { organization: [of(organizations, at)] }),
  'organization.add_members': ({ organizations, users }, { at, value }) =>
    item('organization.add_members', { organization: [of(organizations, value)], user: [of(users, at)] }),
  'organization.remove_members': ({ organizations, users }, { at, value }) =>
    item('organization.remove_members', { organization: [of(organizations, value)], user: [of(users, at)] }),
  'role.assign': ({ roles, users }, { at, value }) =>
    item('role.assign', { role: [of(roles, value)], user: [of(users, at)] }),
  'role.unassign': ({ roles, users }, { at, value }) =>
    item('role.unassign', { role: [of(roles, value)], user: [of(users, at)] }),
  'organization_role.assign': ({ organizations, roles, users }, { at, value }) =>
    item('organization_role.assign', {
      ...{ organization: [organizations[0]!], role: [of(roles, value)], user: [of(users, at)] },
    }),
  'organization_role.unassign': ({ organizations, roles, users }, { at }) =>
    item('organization_role.unassign', {
      ...{ organization: [organizations[0]!], role: [roles[0]!], user: [of(users, at)] },
    }),
}

type Movement = (tenant: Tenant, on: Objects, pick: Pick) => unknown

/** What somebody does in the dashboard between the preview and its approval, by what the wish is about. */
const movements: Readonly<Record<string, readonly Movement[]>> = {
  user: [
    (tenant, { users }, { at }) => changeUser(tenant, of(users, at), { name: 'Moved' }),
    (tenant, { users }, { at, value }) => changeUser(tenant, of(users, at), { blocked: value % 2 === 0 }),
    (tenant, { users }, { at }) => tenant.removeUser(of(users, at)),
    (tenant, { name }, { value }) =>
      tenant.usersByEmail(`${name}-new${value % 2}@previewed.example`).length > 0 ||
      tenant.addUser({ email: `${name}-new${value % 2}@previewed.example`, name: 'Theirs' }),
  ],
  role: [
    (tenant, { roles }, { at }) => changeRole(tenant, of(roles, at), { description: 'Moved' }),
    (tenant, { roles }, { at }) =>
      changeRole(tenant, of(roles, at), { permissions: [permission('write:invoice')] }),
    (tenant, { roles }, { at }) => tenant.removeRole(of(roles, at)),
    (tenant, { name }, { value }) =>
      tenant.roles.rows().some((role) => role.name === `${name} new${value % 2}`) ||
      tenant.addRole({ name: `${name} new${value % 2}`, description: 'Theirs' }),
    (tenant, { roles, users }, { at, value }) =>
      tenant.unassignRole(of(users, at), of(roles, value)) ||
      (tenant.users.has(of(users, at)) && tenant.roles.has(of(roles, value))
        ? tenant.assignRole(of(users, at), of(roles, value))
        : false),
  ],
  organization: [
    (tenant, { organizations }, { at }) =>
      tenant.organizations.has(of(organizations, at)) &&
      tenant.updateOrganization(of(organizations, at), { display_name: 'Moved' }),
    (tenant, { organizations }, { at }) => tenant.removeOrganization(of(organizations, at)),
    (tenant, { name }, { value }) =>
      tenant.organizations.rows().some((one) => one.name === `${name}-new${value % 2}`) ||
      tenant.addOrganization({ name: `${name}-new${value % 2}`, display_name: 'Theirs' }),
    (tenant, { organizations, users }, { at, value }) =>
      tenant.organizations.has(of(organizations, value)) &&
      tenant.users.has(of(users, at)) &&
      (tenant.removeMember(of(organizations, value), of(users, at)) ||
        tenant.addMember(of(organizations, value), of(users, at))),
  ],
}

function changeUser(tenant: Tenant, id: string, changes: Parameters<Tenant['updateUser']>[1]): void {
  if (tenant.users.has(id)) tenant.updateUser(id, changes)
}

function changeRole(tenant: Tenant, id: string, changes: Parameters<Tenant['updateRole']>[1]): void {
  if (tenant.roles.has(id)) tenant.updateRole(id, changes)
}

const pick = fc.record({ at: fc.nat(2), value: fc.nat(2) })

/** One to four wishes, and up to two movements, each near one of the wishes. */
export const drawn = fc.record({
  wished: fc.uniqueArray(fc.tuple(fc.constantFrom(...Object.keys(wishes)), pick), {
    ...{ minLength: 1, maxLength: 4, selector: (one) => JSON.stringify(one) },
  }),
  moved: fc.array(fc.record({ near: fc.nat(3), which: fc.nat(59) }), { maxLength: 2 }),
})

export type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never

export function itemsOf({ wished }: Drawn, on: Objects): readonly Item[] {
  return wished.map(([action, picked]) => wishes[action]!(on, picked))
}

export function move({ wished, moved }: Drawn, tenant: Tenant, on: Objects): void {
  for (const { near, which } of moved) {
    const [action, picked] = of(wished, near)
    const noun = action.split(/[._]/)[0]!
    of(movements[noun]!, which)(tenant, on, picked)
  }
}

/** Present values of what the wishes set, as the plan shows them. */
export function present(tenant: Tenant, on: Objects): ReadonlyMap<string, unknown> {
  const values = new Map<string, unknown>()
  const keep = (id: string, fields: object) => {
    for (const [name, value] of Object.entries(fields)) values.set(`${id} ${name}`, value ?? null)
  }
  for (const id of on.users) {
    const user = tenant.users.get(id)
    if (user) keep(id, { name: user.name, blocked: user.blocked === true })
  }
  for (const id of on.roles) {
    const role = tenant.roles.get(id)
    if (role) keep(id, { description: role.description })
  }
  for (const id of on.organizations) {
    const organization = tenant.organizations.get(id)
    if (organization) keep(id, { display_name: organization.display_name })
  }
  return values
}

/** How many there are of each thing that may be made. */
export function madeOf(tenant: Tenant, { name }: Objects): readonly number[] {
  return [0, 1].flatMap((at) => [
    tenant.usersByEmail(`${name}-new${at}@previewed.example`).length,
    tenant.roles.rows().filter((role) => role.name === `${name} new${at}`).length,
    tenant.organizations.rows().filter((one) => one.name === `${name}-new${at}`).length,
  ])
}
