import type { Failure } from '@owlie/connector-kit'
import type { Actor } from '../model/index.ts'

export const roles = ['admin', 'auditor', 'requester'] as const
export type Role = (typeof roles)[number]

/** What a key may be given, and what for. `*` is everything a key can do. */
export const apiKeyScopes = {
  'connections:read': 'See connections and their test results',
  'connections:write': 'Create, edit, test and delete connections',
  'sync:read': 'See sync runs and metrics',
  'sync:run': 'Start, pause and cancel sync runs',
  'inventory:read': 'Read and export accounts, roles, organizations and who has what',
  'identities:read': 'See identities, whose account is whose, and what waits for review',
  'identities:write': 'Create and edit identities, link and unlink accounts, decide the review queue',
  'identities:merge': 'Merge identities and undo merges',
  'drift:read': 'See drift',
  'drift:decide': 'Decide drift: adopt, flag, preserve, ignore',
  'provisioning:read': 'See assignments, operations and plans',
  'provisioning:plan': 'Change assignments and make plans',
  'provisioning:apply': 'Approve and apply plans',
  'audit:read': 'Read, export and verify the audit',
  'keys:write': 'List, create and revoke API keys, up to its own scopes',
  'operators:write': 'See and manage the people who use Owlie; never part of *',
  '*': 'Everything an API key can do',
} as const satisfies Record<string, string>

export type ApiKeyScope = keyof typeof apiKeyScopes

export type Principal =
  | {
      readonly kind: 'operator'
      readonly id: string
      readonly name: string
      readonly email: string
      readonly tenantId: string
      readonly role: Role
      /** Came in with a password somebody else has seen: until it is changed, nothing else may be done. */
      readonly mustChangePassword?: boolean
      readonly standing?: Actor['standing']
    }
  | {
      readonly kind: 'api_key'
      readonly id: string
      readonly name: string
      readonly tenantId: string
      readonly scopes: readonly ApiKeyScope[]
      /** The operator who made it; null for one made on the host. */
      readonly ownerId: string | null
      /** The maker's. */
      readonly standing?: Actor['standing']
    }

/**
 * Not in `*`: whoever can make operators can make the second person that a guard asks for, so a key gets this only from
 * an admin who means it.
 */
const apart: readonly ApiKeyScope[] = ['operators:write']

interface Rule {
  /** Completes "may not …". */
  readonly doing: string
  readonly roles: readonly Role[]
  /** What a key needs, or null where no key is enough and a person must sign in. */
  readonly scope: ApiKeyScope | null
}

const everyReader = ['admin', 'auditor'] as const
const admin = ['admin'] as const

/** Every action there is, who may do it and which scope does. Only this table decides. */
export const actions = {
  'connection.read': { doing: 'see connections', roles: everyReader, scope: 'connections:read' },
  'connection.write': { doing: 'configure connections', roles: admin, scope: 'connections:write' },
  'connection.test': { doing: 'test connections', roles: admin, scope: 'connections:write' },
  'sync.read': { doing: 'see sync runs', roles: everyReader, scope: 'sync:read' },
  'sync.run': { doing: 'start or stop a sync', roles: admin, scope: 'sync:run' },
  'inventory.read': { doing: 'see who has what', roles: everyReader, scope: 'inventory:read' },
  'inventory.ask': { doing: 'ask a system about an account', roles: admin, scope: 'inventory:read' },
  'inventory.export': { doing: 'export the inventory', roles: everyReader, scope: 'inventory:read' },
  'identity.read': { doing: 'see identities', roles: everyReader, scope: 'identities:read' },
  'identity.write': { doing: 'decide about identities', roles: admin, scope: 'identities:write' },
  'identity.merge': { doing: 'merge identities', roles: admin, scope: 'identities:merge' },
  'drift.read': { doing: 'see drift', roles: everyReader, scope: 'drift:read' },
  'drift.decide': { doing: 'decide drift', roles: admin, scope: 'drift:decide' },
  'assignment.read': { doing: 'see assignments', roles: everyReader, scope: 'provisioning:read' },
  'assignment.write': { doing: 'change assignments', roles: admin, scope: 'provisioning:plan' },
  'provisioning.read': { doing: 'see plans', roles: everyReader, scope: 'provisioning:read' },
  'provisioning.plan': { doing: 'make plans', roles: admin, scope: 'provisioning:plan' },
  'provisioning.approve': { doing: 'approve plans', roles: admin, scope: 'provisioning:apply' },
  'provisioning.apply': { doing: 'apply plans', roles: admin, scope: 'provisioning:apply' },
  'provisioning.policy': { doing: 'set which operations need no approval', roles: admin, scope: null },
  'guard.read': { doing: 'see what the mass-change guard stopped', roles: everyReader, scope: 'sync:read' },
  'guard.request': { doing: 'ask the mass-change guard for a release', roles: admin, scope: 'sync:run' },
  'guard.release': { doing: 'confirm a release of the mass-change guard', roles: admin, scope: null },
  'guard.limit': { doing: 'set limits of the mass-change guard', roles: admin, scope: null },
  'retention.set': { doing: 'set how long what vanished is kept', roles: admin, scope: 'sync:run' },
  'audit.read': { doing: 'read the audit', roles: everyReader, scope: 'audit:read' },
  'audit.export': { doing: 'export evidence', roles: everyReader, scope: 'audit:read' },
  'api_key.read': { doing: 'see API keys', roles: admin, scope: 'keys:write' },
  'api_key.write': { doing: 'make or revoke API keys', roles: admin, scope: 'keys:write' },
  'operator.read': { doing: 'see operators', roles: everyReader, scope: 'operators:write' },
  'operator.write': { doing: 'manage operators', roles: admin, scope: 'operators:write' },
  'request.create': { doing: 'request access', roles: ['admin', 'requester'], scope: null },
  'metrics.read': { doing: 'read metrics', roles: everyReader, scope: 'sync:read' },
} as const satisfies Record<string, Rule>

export type Action = keyof typeof actions

export type Permission = { readonly allowed: true } | ({ readonly allowed: false } & Failure)

/** Whether this principal may do this. The refusal is a whole `Failure` and names what is missing. */
export function allows(principal: Principal, action: Action): Permission {
  const rule: Rule = actions[action]
  if (principal.kind === 'operator') {
    if (principal.mustChangePassword) return refusePassword()
    return rule.roles.includes(principal.role) ? { allowed: true } : refuseRole(principal.role, rule)
  }
  if (rule.scope === null) return refuseKey(rule)
  return holds(principal.scopes, rule.scope) ? { allowed: true } : refuseScope(rule.scope, rule)
}

function holds(scopes: readonly ApiKeyScope[], scope: ApiKeyScope): boolean {
  return scopes.includes(scope) || (scopes.includes('*') && !apart.includes(scope))
}

/** All this principal may do, for a console that greys out the rest. */
export function actionsOf(principal: Principal): readonly Action[] {
  return (Object.keys(actions) as Action[]).filter((action) => allows(principal, action).allowed)
}

/** A key cannot hand on more than it has; an operator who may make keys may give any scope. */
export function mayGrant(principal: Principal, scopes: readonly ApiKeyScope[]): Permission {
  const may = allows(principal, 'api_key.write')
  if (!may.allowed || principal.kind === 'operator') return may
  const beyond = scopes.filter((scope) => !holds(principal.scopes, scope))
  if (beyond.length === 0) return { allowed: true }
  return {
    allowed: false,
    kind: 'permission',
    code: 'permission.beyond_own_scopes',
    message: `This API key cannot give scopes it does not have: ${beyond.join(', ')}.`,
    remedy: 'Leave them out, or make the key as an admin.',
    field: 'scopes',
    scopes: beyond,
  }
}

/** Words that are not scopes, with the nearest one that is. */
export function checkScopes(scopes: readonly string[]): readonly ApiKeyScope[] | Failure {
  const unknown = scopes.filter((scope) => !Object.hasOwn(apiKeyScopes, scope))
  if (unknown.length === 0 && scopes.length > 0) return [...new Set(scopes as ApiKeyScope[])].sort()
  return {
    kind: 'config',
    code: 'api_key.unknown_scope',
    message:
      scopes.length === 0
        ? 'An API key needs at least one scope.'
        : `There is no scope ${unknown.map((scope) => JSON.stringify(scope.slice(0, 60))).join(', ')}.`,
    remedy: `Choose from: ${Object.keys(apiKeyScopes).join(' ')}.`,
    field: 'scopes',
    scopes: unknown.map((scope) => scope.slice(0, 60)),
  }
}

export function actorOf(principal: Principal): Actor {
  const { kind, id, name, tenantId, standing } = principal
  const personId = principal.kind === 'operator' ? id : principal.ownerId
  return {
    ...{ kind, id, name, tenantId },
    ...(personId === null ? {} : { personId }),
    ...(standing ? { standing } : {}),
  }
}

function refusePassword(): Permission {
  return {
    allowed: false,
    kind: 'permission',
    code: 'permission.password_change',
    message: 'Your password is a one-time password; first choose one of your own.',
    remedy: 'Change it at /account.',
  }
}

function refuseRole(role: Role, rule: Rule): Permission {
  return {
    allowed: false,
    kind: 'permission',
    code: 'permission.role',
    message: `The role ${role} may not ${rule.doing}.`,
    remedy: `Ask an admin to do it, or to give you the role ${rule.roles.join(' or ')}.`,
  }
}

function refuseScope(scope: ApiKeyScope, rule: Rule): Permission {
  return {
    allowed: false,
    kind: 'permission',
    code: 'permission.scope',
    message: `This API key may not ${rule.doing}: it lacks the scope ${scope}.`,
    remedy: `Make a key with ${scope} at /admin/settings/api-keys and use that one.`,
    scopes: [scope],
  }
}

function refuseKey(rule: Rule): Permission {
  return {
    allowed: false,
    kind: 'permission',
    code: 'permission.sign_in',
    message: `No API key may ${rule.doing}.`,
    remedy: 'Sign in as an operator and do it there.',
  }
}
