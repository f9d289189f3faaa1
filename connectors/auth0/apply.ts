import { randomInt } from 'node:crypto'
import type { Apply, Change, Failure, Observation, Outcome } from '@owlie/connector-kit'
import type { Management, ManagementClient } from 'auth0'
import { capabilities } from './capabilities.ts'
import type { requestOptions } from './client.ts'
import { write } from './client.ts'
import { heldRoles } from './held.ts'
import { ownUserId, passwordlessStrategy } from './looks.ts'
import type { OperationName } from './operations.ts'
import { accountOf, organizationOf, type Raw, roleOf } from './translate.ts'

type Options = ReturnType<typeof requestOptions>

interface Request {
  readonly operation: OperationName
  readonly capability: string
  readonly run: (client: ManagementClient, options: Options) => PromiseLike<unknown>
  /** What the answer shows. Absent: nothing that is needed. */
  readonly shows?: (raw: Raw) => Observation
  /** The answer must show the new object: its id is known from nowhere else. */
  readonly makes?: true
}

/** Makes an action's verb out of the one request it is. */
function apply(requestOf: (change: Change) => Request): Apply {
  return async (session, change) => {
    const { operation, capability, run, shows, makes } = requestOf(change)
    const label = capabilities.find(({ name }) => name === capability)!.label.toLowerCase()
    const written = await write(
      session,
      { operation, capability: label, changeId: change.changeId },
      async (client, options) => run(client, options),
    )
    if ('outcome' in written) return written.outcome
    if (!shows) return { is: 'applied' }
    return shownBy(written.answer, shows, makes === true)
  }
}

/** A user can hold 50 roles, and Auth0 does not say which limit was met: a refusal says how many they hold. */
function countingRoles(assign: Apply): Apply {
  return async (session, change) => {
    const outcome = await assign(session, change)
    const [account, ...others] = change.target['user'] ?? []
    if (outcome.is !== 'refused' || outcome.failure.kind !== 'rejected') return outcome
    if (account === undefined || others.length > 0) return outcome
    const held = await heldRoles(session, { account })
    if ('failure' in held) return outcome
    const why = [outcome.failure.why ?? [], `the user holds ${held.grants.length} roles now`]
      .flat()
      .join('; ')
    return { ...outcome, failure: { ...outcome.failure, why } }
  }
}

function shownBy(answer: unknown, shows: (raw: Raw) => Observation, makes: boolean): Outcome {
  const raw = typeof answer === 'object' && answer !== null ? (answer as Raw) : {}
  let observed: Observation
  try {
    observed = shows(raw)
  } catch {
    return makes ? { is: 'unknown', failure: noObject } : { is: 'applied' }
  }
  return 'id' in observed ? { is: 'applied', id: observed.id, observed } : { is: 'applied', observed }
}

const noObject: Failure = {
  kind: 'unavailable',
  code: 'auth0.unexpected_answer',
  message: 'Auth0 accepted the request, but did not answer with what it made.',
  remedy: 'Owlie looks it up before anything else.',
}

const one = ({ target }: Change, name: string): string => target[name]![0]!
const many = ({ target }: Change, name: string): string[] => [...target[name]!]

/** One function per action of the manifest; each sends exactly one writing request. */
export const appliers: Readonly<Record<string, Apply>> = {
  'user.create': apply((change) => ({
    operation: 'createUser',
    capability: 'create_users',
    run: (client, options) => client.users.create(newUser(change), options),
    shows: accountOf,
    makes: true,
  })),
  'user.update': apply((change) => {
    const secret = change.secrets?.password
    const body = { ...change.input, ...(secret ? { password: secret.reveal() } : {}) }
    return userUpdate(change, body)
  }),
  'user.block': apply((change) => userUpdate(change, { blocked: true })),
  'user.unblock': apply((change) => userUpdate(change, { blocked: false })),
  'user.delete': apply((change) => ({
    operation: 'deleteUser',
    capability: 'delete_users',
    run: (client, options) => client.users.delete(one(change, 'user'), options),
  })),
  'user.revoke_sessions': apply((change) => ({
    operation: 'revokeAccess',
    capability: 'revoke_sessions',
    run: (client, options) => client.users.revokeAccess(one(change, 'user'), {}, options),
  })),
  'role.create': apply(({ input }) => ({
    operation: 'createRole',
    capability: 'create_roles',
    run: (client, options) =>
      client.roles.create(input as unknown as Management.CreateRoleRequestContent, options),
    shows: roleOf,
    makes: true,
  })),
  'role.update': apply((change) => ({
    operation: 'updateRole',
    capability: 'update_roles',
    run: (client, options) => client.roles.update(one(change, 'role'), change.input, options),
    shows: roleOf,
  })),
  'role.delete': apply((change) => ({
    operation: 'deleteRole',
    capability: 'delete_roles',
    run: (client, options) => client.roles.delete(one(change, 'role'), options),
  })),
  'role.add_permissions': apply((change) => ({
    operation: 'addRolePermissions',
    capability: 'update_roles',
    run: (client, options) =>
      client.roles.permissions.add(one(change, 'role'), permissionsOf(change), options),
  })),
  'role.remove_permissions': apply((change) => ({
    operation: 'removeRolePermissions',
    capability: 'update_roles',
    run: (client, options) =>
      client.roles.permissions.delete(one(change, 'role'), permissionsOf(change), options),
  })),
  'organization.create': apply(({ input }) => ({
    operation: 'createOrganization',
    capability: 'create_organizations',
    run: (client, options) =>
      client.organizations.create(input as unknown as Management.CreateOrganizationRequestContent, options),
    shows: organizationOf,
    makes: true,
  })),
  'organization.update': apply((change) => ({
    operation: 'updateOrganization',
    capability: 'update_organizations',
    run: (client, options) =>
      client.organizations.update(
        one(change, 'organization'),
        change.input as Management.UpdateOrganizationRequestContent,
        options,
      ),
    shows: organizationOf,
  })),
  'organization.delete': apply((change) => ({
    operation: 'deleteOrganization',
    capability: 'delete_organizations',
    run: (client, options) => client.organizations.delete(one(change, 'organization'), options),
  })),
  'organization.add_members': apply((change) => ({
    operation: 'addMembers',
    capability: 'add_organization_members',
    run: (client, options) =>
      client.organizations.members.create(
        one(change, 'organization'),
        { members: many(change, 'user') },
        options,
      ),
  })),
  'organization.remove_members': apply((change) => ({
    operation: 'removeMembers',
    capability: 'remove_organization_members',
    run: (client, options) =>
      client.organizations.members.delete(
        one(change, 'organization'),
        { members: many(change, 'user') },
        options,
      ),
  })),
  'role.assign': countingRoles(apply(assignRole)),
  'role.unassign': apply((change) => ({
    operation: 'removeUserRoles',
    capability: 'remove_roles',
    run: (client, options) =>
      client.users.roles.delete(one(change, 'user'), { roles: many(change, 'role') }, options),
  })),
  'organization_role.assign': apply((change) => ({
    operation: 'assignMemberRoles',
    capability: 'assign_organization_member_roles',
    run: (client, options) =>
      client.organizations.members.roles.assign(
        one(change, 'organization'),
        one(change, 'user'),
        { roles: many(change, 'role') },
        options,
      ),
  })),
  'organization_role.unassign': apply((change) => ({
    operation: 'removeMemberRoles',
    capability: 'remove_organization_member_roles',
    run: (client, options) =>
      client.organizations.members.roles.delete(
        one(change, 'organization'),
        one(change, 'user'),
        { roles: many(change, 'role') },
        options,
      ),
  })),
}

function userUpdate(change: Change, body: object): Request {
  return {
    operation: 'updateUser',
    capability: 'update_users',
    run: (client, options) =>
      client.users.update(one(change, 'user'), body as Management.UpdateUserRequestContent, options),
    shows: accountOf,
  }
}

/** Many users by the role's route, many roles by the user's. */
function assignRole(change: Change): Request {
  const users = many(change, 'user')
  if (users.length === 1)
    return {
      operation: 'assignUserRoles',
      capability: 'assign_roles',
      run: (client, options) =>
        client.users.roles.assign(users[0]!, { roles: many(change, 'role') }, options),
    }
  return {
    operation: 'assignRoleUsers',
    capability: 'assign_roles',
    run: (client, options) => client.roles.users.assign(one(change, 'role'), { users }, options),
  }
}

function permissionsOf({ input }: Change): Management.AddRolePermissionsRequestContent {
  return { permissions: input.permissions } as unknown as Management.AddRolePermissionsRequestContent
}

function newUser(change: Change): Management.CreateUserRequestContent {
  const { input, secrets } = change
  const ownId = ownUserId(change)
  const needsPassword = passwordlessStrategy(String(input.connection)) === null
  return {
    ...input,
    ...(ownId === null ? {} : { user_id: ownId }),
    ...(needsPassword ? { password: secrets?.password?.reveal() ?? randomPassword() } : {}),
  } as unknown as Management.CreateUserRequestContent
}

const classes = ['abcdefghijkmnopqrstuvwxyz', 'ABCDEFGHJKLMNPQRSTUVWXYZ', '23456789', '!#$%&*+-=?@^_~']

/**
 * A password nobody ever sees: the user sets one by Auth0's reset mail. 40 characters, never two equal ones in a row,
 * the classes in turn, so that it fits the strictest policy
 * (https://auth0.com/docs/authenticate/database-connections/password-strength).
 */
function randomPassword(): string {
  const offset = randomInt(classes.length)
  return Array.from({ length: 40 }, (_, at) => {
    const letters = classes[(at + offset) % classes.length]!
    return letters[randomInt(letters.length)]!
  }).join('')
}
