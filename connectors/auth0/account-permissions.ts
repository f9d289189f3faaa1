import {
  type AccountPermission,
  FailureError,
  type PermissionsResult,
  type Session,
} from '@owlie/connector-kit'
import { call, requestOptions } from './client.ts'
import { every } from './held.ts'
import { incomplete } from './offset-list.ts'
import { type Raw, textOf } from './translate.ts'
import { rolePermissionId } from './translate-catalogue.ts'

/**
 * `GET /users/{id}/permissions`: those given to the user itself and those of its tenant-level roles, at most 1,000.
 * There is no bulk form, so a sync does not read them; and permissions of roles held inside an organization or through
 * a group are not among them (https://auth0.com/docs/api/management/v2/users/get-permissions).
 */
export async function readAccountPermissions(session: Session, account: string): Promise<PermissionsResult> {
  try {
    const rows = await every(
      'permissions',
      (page) =>
        call(session, 'listUserPermissions', 'read permissions of a user', (client) =>
          client.users.permissions
            .list(account, { page, per_page: 100, include_totals: true }, requestOptions(session))
            .then(({ response }): unknown => response),
        ),
      rolePermissionId,
    )
    return { permissions: rows.map(permissionOf) }
  } catch (error) {
    if (error instanceof FailureError) return { failure: error.failure }
    throw error
  }
}

const sourceTypes = new Map<unknown, AccountPermission['sources'][number]['type']>([
  ['DIRECT', 'direct'],
  ['ROLE', 'role'],
])

/** @throws FailureError */
function permissionOf(raw: Raw): AccountPermission {
  const name = textOf(raw.permission_name)
  const api = textOf(raw.resource_server_identifier)
  if (name === null || api === null)
    throw new FailureError(incomplete('permissions of a user', 'one of them has no name'))
  const sources = Array.isArray(raw.sources) ? (raw.sources as readonly Raw[]) : []
  return {
    ...{ name, api },
    description: textOf(raw.description),
    apiName: textOf(raw.resource_server_name),
    // A direct one has a source with empty id and name (auth0/go-auth0, recordings/TestUserManager_Permissions).
    sources: sources.map((source) => ({
      type: sourceTypes.get(source.source_type) ?? 'other',
      id: textOf(source.source_id),
      name: textOf(source.source_name),
    })),
  }
}
