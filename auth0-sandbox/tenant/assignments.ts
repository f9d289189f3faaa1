import type { SandboxClock } from '../clock.ts'
import { LaggedSet } from './lagged-set.ts'
import { OrderedSet } from './ordered-set.ts'
import type { GroupMember, Member, Organization, PermissionRef, Role, RoleHolder, User } from './records.ts'

const holderSet = (): OrderedSet<RoleHolder> =>
  new OrderedSet<RoleHolder>(
    (row) => row.user_id,
    (row) => row.assigned_at,
  )

const memberSet = (): LaggedSet<Member> =>
  new LaggedSet<Member>(
    (row) => row.user_id,
    (row) => row.added_at,
  )

const groupMemberSet = (): OrderedSet<GroupMember> =>
  new OrderedSet<GroupMember>(
    (row) => row.id,
    (row) => row.created_at,
  )

/** Users, roles, organizations and the relations between them, each relation reachable from both its ends. */
export class Assignments {
  readonly users = new LaggedSet<User>(
    (row) => row.user_id,
    (row) => row.created_at,
  )
  readonly roles = new OrderedSet<Role>(
    (row) => row.id,
    (row) => row.created_at,
  )
  readonly organizations = new OrderedSet<Organization>(
    (row) => row.id,
    (row) => row.created_at,
  )
  readonly clock: SandboxClock
  /** Deleted users, for member lists that still show them. */
  readonly ghosts = new Map<string, User>()
  readonly #byEmail = new Map<string, string[]>()
  readonly #holders = new Map<string, OrderedSet<RoleHolder>>()
  readonly #rolesOfUser = new Map<string, string[]>()
  readonly #members = new Map<string, LaggedSet<Member>>()
  readonly #organizationsOfUser = new Map<string, string[]>()
  readonly #groupMembers = new Map<string, OrderedSet<GroupMember>>()
  readonly #groupsOfUser = new Map<string, string[]>()
  readonly #permissions = new Map<string, PermissionRef[]>()

  constructor(clock: SandboxClock) {
    this.clock = clock
  }

  /** Users whose address is exactly this one. */
  usersByEmail(email: string): User[] {
    return (this.#byEmail.get(email) ?? []).map((id) => this.users.get(id)!)
  }

  /** All seeded users at once; only for an empty tenant. */
  fillUsers(users: readonly User[]): void {
    this.users.fill(users)
    for (const { email, user_id } of users) if (email) add(this.#byEmail, email, user_id)
  }

  protected putUser(user: User, lagMs: number): void {
    const old = this.users.get(user.user_id)
    if (old?.email && old.email !== user.email) drop(this.#byEmail, old.email, user.user_id)
    if (user.email && old?.email !== user.email) add(this.#byEmail, user.email, user.user_id)
    this.ghosts.delete(user.user_id)
    if (lagMs > 0) this.users.putLagged(user, this.clock.now() + lagMs)
    else this.users.put(user)
  }

  protected dropUser(userId: string, lagMs: number): void {
    const user = this.users.get(userId)!
    if (user.email) drop(this.#byEmail, user.email, userId)
    this.ghosts.set(userId, user)
    if (lagMs > 0) this.users.deleteLagged(userId, this.clock.now() + lagMs)
    else this.users.delete(userId)
  }

  /** Direct holders of a role at tenant level, in order of assignment. */
  roleHolders(roleId: string): OrderedSet<RoleHolder> {
    return at(this.#holders, roleId, holderSet)
  }

  rolesOfUser(userId: string): readonly string[] {
    return this.#rolesOfUser.get(userId) ?? []
  }

  /** False when the user had the role already. */
  assignRole(userId: string, roleId: string, assignedAt = this.clock.now()): boolean {
    const holders = this.roleHolders(roleId)
    if (holders.has(userId)) return false
    holders.put({ user_id: userId, assigned_at: assignedAt })
    add(this.#rolesOfUser, userId, roleId)
    return true
  }

  unassignRole(userId: string, roleId: string): boolean {
    if (!this.roleHolders(roleId).delete(userId)) return false
    drop(this.#rolesOfUser, userId, roleId)
    return true
  }

  members(organizationId: string): LaggedSet<Member> {
    return at(this.#members, organizationId, memberSet)
  }

  organizationsOfUser(userId: string): readonly string[] {
    return this.#organizationsOfUser.get(userId) ?? []
  }

  addMember(
    organizationId: string,
    userId: string,
    roles: readonly string[] = [],
    lagMs = 0,
    addedAt = this.clock.now(),
  ): boolean {
    const members = this.members(organizationId)
    if (members.has(userId)) return false
    const row = { user_id: userId, added_at: addedAt, roles }
    if (lagMs > 0) members.putLagged(row, this.clock.now() + lagMs)
    else members.put(row)
    add(this.#organizationsOfUser, userId, organizationId)
    return true
  }

  removeMember(organizationId: string, userId: string, lagMs = 0): boolean {
    const members = this.members(organizationId)
    const gone = lagMs > 0 ? members.deleteLagged(userId, this.clock.now() + lagMs) : members.delete(userId)
    if (!gone) return false
    drop(this.#organizationsOfUser, userId, organizationId)
    return true
  }

  /** Sets the roles a member holds inside the organization. */
  setMemberRoles(organizationId: string, userId: string, roles: readonly string[], lagMs = 0): boolean {
    const members = this.members(organizationId)
    const old = members.get(userId)
    if (!old) return false
    const row = { ...old, roles: [...roles] }
    if (lagMs > 0) members.putLagged(row, this.clock.now() + lagMs)
    else members.put(row)
    return true
  }

  assignMemberRole(organizationId: string, userId: string, roleId: string, lagMs = 0): boolean {
    const member = this.members(organizationId).get(userId)
    if (!member || member.roles.includes(roleId)) return false
    return this.setMemberRoles(organizationId, userId, [...member.roles, roleId], lagMs)
  }

  unassignMemberRole(organizationId: string, userId: string, roleId: string, lagMs = 0): boolean {
    const member = this.members(organizationId).get(userId)
    if (!member?.roles.includes(roleId)) return false
    const left = member.roles.filter((id) => id !== roleId)
    return this.setMemberRoles(organizationId, userId, left, lagMs)
  }

  groupMembers(groupId: string): OrderedSet<GroupMember> {
    return at(this.#groupMembers, groupId, groupMemberSet)
  }

  /** Groups the user or group `id` is directly in. */
  groupsOf(id: string): readonly string[] {
    return this.#groupsOfUser.get(id) ?? []
  }

  addGroupMember(
    groupId: string,
    id: string,
    type: 'user' | 'group' = 'user',
    createdAt = this.clock.now(),
  ): boolean {
    const members = this.groupMembers(groupId)
    if (members.has(id)) return false
    members.put({ id, member_type: type, created_at: createdAt })
    add(this.#groupsOfUser, id, groupId)
    return true
  }

  removeGroupMember(groupId: string, id: string): boolean {
    if (!this.groupMembers(groupId).delete(id)) return false
    drop(this.#groupsOfUser, id, groupId)
    return true
  }

  /** Permissions granted to the user directly, not through a role. */
  directPermissions(userId: string): readonly PermissionRef[] {
    return this.#permissions.get(userId) ?? []
  }

  setDirectPermissions(userId: string, permissions: readonly PermissionRef[]): void {
    this.#permissions.set(userId, [...permissions])
  }

  protected dropAssignmentsOf(userId: string, memberLagMs: number): void {
    for (const roleId of [...this.rolesOfUser(userId)]) this.unassignRole(userId, roleId)
    for (const id of [...this.organizationsOfUser(userId)]) this.removeMember(id, userId, memberLagMs)
    for (const groupId of [...this.groupsOf(userId)]) this.removeGroupMember(groupId, userId)
    this.#permissions.delete(userId)
  }

  protected dropAssignmentsOfRole(roleId: string): void {
    for (const holder of [...this.roleHolders(roleId)]) this.unassignRole(holder.user_id, roleId)
    this.#holders.delete(roleId)
    for (const organizationId of this.#members.keys()) {
      for (const member of [...this.members(organizationId)]) {
        this.unassignMemberRole(organizationId, member.user_id, roleId)
      }
    }
  }

  protected dropMembersOf(organizationId: string): void {
    for (const member of this.members(organizationId))
      drop(this.#organizationsOfUser, member.user_id, organizationId)
    this.#members.delete(organizationId)
  }

  protected dropGroup(groupId: string): void {
    for (const { id } of [...this.groupMembers(groupId)]) this.removeGroupMember(groupId, id)
    this.#groupMembers.delete(groupId)
    for (const parent of [...this.groupsOf(groupId)]) this.removeGroupMember(parent, groupId)
  }
}

function at<V>(map: Map<string, V>, key: string, make: () => V): V {
  const found = map.get(key)
  if (found !== undefined) return found
  const made = make()
  map.set(key, made)
  return made
}

function add(map: Map<string, string[]>, key: string, value: string): void {
  const list = map.get(key)
  if (list) list.push(value)
  else map.set(key, [value])
}

function drop(map: Map<string, string[]>, key: string, value: string): void {
  const left = map.get(key)?.filter((other) => other !== value)
  if (left && left.length > 0) map.set(key, left)
  else map.delete(key)
}
