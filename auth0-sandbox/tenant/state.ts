import { createHash } from 'node:crypto'
import type { SandboxClock } from '../clock.ts'
import { base58, type Random } from '../random.ts'
import { Assignments } from './assignments.ts'
import { LogBook } from './log-book.ts'
import { OrderedSet } from './ordered-set.ts'
import type {
  Auth0Connection,
  Client,
  ClientGrant,
  Group,
  Invitation,
  Organization,
  PermissionRef,
  ResourceServer,
  Role,
  User,
} from './records.ts'

export type NewUser = Partial<User> & { auth0Connection?: string }

/**
 * The truth of one tenant. Reading is direct (`users`, `roles`, `organizations`, `roleHolders()`, `members()`);
 * changing goes through the methods, which keep the two sides of every relation together and say whether
 * anything changed. A change is visible everywhere at once unless `lagMs` says how long the search index and
 * the member lists shall go on showing the old state.
 */
export class TenantState extends Assignments {
  readonly auth0Connections = new OrderedSet<Auth0Connection>(
    (row) => row.id,
    () => 0,
  )
  readonly resourceServers = new OrderedSet<ResourceServer>(
    (row) => row.id,
    () => 0,
  )
  readonly clients = new OrderedSet<Client>(
    (row) => row.client_id,
    () => 0,
  )
  readonly clientGrants = new OrderedSet<ClientGrant>(
    (row) => row.id,
    () => 0,
  )
  readonly groups = new OrderedSet<Group>(
    (row) => row.id,
    (row) => row.created_at,
  )
  readonly invitations = new OrderedSet<Invitation>(
    (row) => row.id,
    (row) => row.created_at,
  )
  readonly logs: LogBook
  /** Brute-force blocks by user id; not the same as `blocked`. */
  readonly bruteForceBlocks = new Map<string, { identifier: string; ip: string }[]>()
  /** What the connections know of passwords; never returned. */
  readonly passwords = new Map<string, string>()
  /** Users whose sessions or refresh tokens were ended, and when. */
  readonly accessRevocations: { user_id: string; at: number; what: string }[] = []
  friendlyName = 'Sandbox'
  readonly random: Random

  constructor(clock: SandboxClock, random: Random) {
    super(clock)
    this.random = random
    this.logs = new LogBook(clock)
  }

  /** A new id of Auth0's shape, `prefix_` and 16 characters. */
  newId(prefix: 'rol' | 'org' | 'con' | 'job' | 'cgr' | 'uinv'): string {
    return `${prefix}_${this.random.id(16)}`
  }

  newGroupId(): string {
    return `grp_${this.random.id(22, base58)}`
  }

  isoNow(): string {
    return new Date(this.clock.now()).toISOString()
  }

  auth0Connection(name: string): Auth0Connection | undefined {
    for (const row of this.auth0Connections) if (row.name === name) return row
    return undefined
  }

  resourceServer(identifier: string): ResourceServer | undefined {
    for (const row of this.resourceServers) if (row.identifier === identifier) return row
    return undefined
  }

  /** Adds a user as Auth0 would have made it: missing id, identity, dates and picture are filled in. */
  addUser(user: NewUser = {}, lagMs = 0): User {
    const { auth0Connection, ...given } = user
    const name = auth0Connection ?? 'Username-Password-Authentication'
    const strategy = this.auth0Connection(name)?.strategy ?? 'auth0'
    const id = given.user_id ?? `${strategy}|${this.random.id(24, '0123456789abcdef')}`
    const bar = id.indexOf('|')
    const now = this.isoNow()
    const label = given.email ?? given.username ?? given.phone_number ?? id
    const added: User = {
      name: label,
      nickname: label.split('@')[0]!,
      picture: pictureOf(label),
      created_at: now,
      updated_at: now,
      identities: [
        {
          connection: name,
          user_id: id.slice(bar + 1),
          provider: id.slice(0, bar),
          isSocial: strategy === 'google-oauth2' || strategy === 'github',
        },
      ],
      ...given,
      user_id: id,
    }
    this.putUser(added, lagMs)
    return added
  }

  /** Replaces some properties (undefined removes one) and moves `updated_at`, unless given. */
  updateUser(userId: string, changes: Partial<User>, lagMs = 0): User {
    const old = this.users.get(userId)
    if (!old) throw new Error(`No user ${userId} in the sandbox`)
    const changed: User = { ...old, updated_at: this.isoNow(), ...changes }
    const present = Object.entries(changed).filter(([, value]) => value !== undefined)
    const row = Object.fromEntries(present) as unknown as User
    this.putUser(row, lagMs)
    return row
  }

  /** Removes a user with every assignment and membership; false when there was none. */
  removeUser(userId: string, lagMs = 0, memberLagMs = lagMs): boolean {
    if (!this.users.has(userId)) return false
    this.dropAssignmentsOf(userId, memberLagMs)
    this.dropUser(userId, lagMs)
    this.passwords.delete(userId)
    this.bruteForceBlocks.delete(userId)
    return true
  }

  addRole(role: Partial<Role> & { name: string }): Role {
    const added: Role = {
      id: this.newId('rol'),
      description: '',
      permissions: [],
      type: 'tenant',
      created_at: this.clock.now(),
      ...role,
    }
    this.roles.put(added)
    return added
  }

  updateRole(roleId: string, changes: Partial<Pick<Role, 'name' | 'description' | 'permissions'>>): Role {
    const old = this.roles.get(roleId)
    if (!old) throw new Error(`No role ${roleId} in the sandbox`)
    const changed = { ...old, ...changes }
    this.roles.put(changed)
    return changed
  }

  /** The role goes, and with it every grant of it: users, members, groups. */
  removeRole(roleId: string): boolean {
    if (!this.roles.delete(roleId)) return false
    this.dropAssignmentsOfRole(roleId)
    for (const group of this.groups) {
      group.roles.delete(roleId)
      for (const roles of group.organization_roles.values()) roles.delete(roleId)
    }
    return true
  }

  addOrganization(organization: Partial<Organization> & { name: string }): Organization {
    const added: Organization = {
      id: this.newId('org'),
      enabled_connections: [],
      created_at: this.clock.now(),
      ...organization,
    }
    this.organizations.put(added)
    return added
  }

  updateOrganization(
    organizationId: string,
    changes: Partial<Omit<Organization, 'id' | 'created_at'>>,
  ): Organization {
    const old = this.organizations.get(organizationId)
    if (!old) throw new Error(`No organization ${organizationId} in the sandbox`)
    const changed = { ...old, ...changes }
    this.organizations.put(changed)
    return changed
  }

  /** The organization and its memberships go; the users stay. */
  removeOrganization(organizationId: string): boolean {
    if (!this.organizations.delete(organizationId)) return false
    this.dropMembersOf(organizationId)
    for (const group of this.groups) group.organization_roles.delete(organizationId)
    return true
  }

  addGroup(group: Partial<Group> & { name: string; connection_id: string }): Group {
    const now = this.isoNow()
    const added: Group = {
      id: this.newGroupId(),
      external_id: group.name,
      created_at: now,
      updated_at: now,
      roles: new Set(),
      organization_roles: new Map(),
      ...group,
    }
    this.groups.put(added)
    return added
  }

  removeGroup(groupId: string): boolean {
    if (!this.groups.delete(groupId)) return false
    this.dropGroup(groupId)
    return true
  }

  /** The permissions of a role, in words: what the API shows for them. */
  describePermission(
    ref: PermissionRef,
  ): PermissionRef & { description: string; resource_server_name: string } {
    const server = this.resourceServer(ref.resource_server_identifier)
    const scope = server?.scopes.find(({ value }) => value === ref.permission_name)
    return {
      resource_server_identifier: ref.resource_server_identifier,
      permission_name: ref.permission_name,
      resource_server_name: server?.name ?? '',
      description: scope?.description ?? '',
    }
  }

  /** Everything a sync should have found, in a comparable form: sorted, and without the sandbox's own marks. */
  snapshot(): TenantSnapshot {
    const sorted = <T>(rows: Iterable<T>, key: (row: T) => string): T[] =>
      [...rows].sort((a, b) => (key(a) < key(b) ? -1 : 1))
    return {
      users: sorted(this.users, (row) => row.user_id),
      roles: sorted(this.roles, (row) => row.id).map(({ created_at: _, permissions, ...role }) => ({
        ...role,
        permissions: sorted(permissions, (ref) => `${ref.resource_server_identifier} ${ref.permission_name}`),
      })),
      organizations: sorted(this.organizations, (row) => row.id).map(({ created_at: _, ...row }) => row),
      roleHolders: sorted(this.roles, (row) => row.id).flatMap(({ id }) =>
        sorted(this.roleHolders(id), (row) => row.user_id).map((row) => ({
          role_id: id,
          user_id: row.user_id,
        })),
      ),
      members: sorted(this.organizations, (row) => row.id).flatMap(({ id }) =>
        sorted(this.members(id), (row) => row.user_id).map((row) => ({
          organization_id: id,
          user_id: row.user_id,
          roles: [...row.roles].sort(),
        })),
      ),
    }
  }
}

export interface TenantSnapshot {
  users: User[]
  roles: Omit<Role, 'created_at'>[]
  organizations: Omit<Organization, 'created_at'>[]
  roleHolders: { role_id: string; user_id: string }[]
  members: { organization_id: string; user_id: string; roles: string[] }[]
}

/** Auth0 gives a user without a picture a generated gravatar address. */
export function pictureOf(label: string): string {
  const hash = createHash('md5').update(label.trim().toLowerCase()).digest('hex')
  const initials = encodeURIComponent(label.slice(0, 2).toLowerCase())
  return `https://s.gravatar.com/avatar/${hash}?s=480&r=pg&d=https%3A%2F%2Fcdn.auth0.com%2Favatars%2F${initials}.png`
}
