/**
 * The Management API: one table of operations, and the pipeline each request goes through.
 *
 * Owns the operations (one file per noun, each a value: method, path, scopes, bucket, parameters, body,
 * what it does), the error bodies, the validation of query, path and body, and both paginations.
 *
 * Promises: a request is tried in Auth0's order (limit, token, scopes, path, query, body, then the tenant);
 * answers have the recorded status codes and envelopes, where these differ from the specification the
 * recording wins; ids round-trip whatever characters they hold; every effective change is journalled.
 *
 * Fails: operations throw ApiError, which becomes `{statusCode, error, message, errorCode?}`; anything else
 * thrown is a defect of the sandbox, printed on stderr and answered with 500.
 *
 * Sources: https://auth0.com/docs/api/management/v2 and the exchanges recorded in
 * auth0/terraform-provider-auth0 and auth0/go-auth0 under test/data/recordings.
 */
import { accessOperations } from './access.ts'
import { effectiveOperations } from './effective.ts'
import { groupOperations } from './groups.ts'
import { invitationOperations } from './invitations.ts'
import { jobOperations } from './jobs.ts'
import { logOperations } from './logs.ts'
import { memberReads } from './members.ts'
import { membersByRole } from './members-by-role.ts'
import { memberWrites } from './member-writes.ts'
import type { Operation } from './operation.ts'
import { organizationReads } from './organizations.ts'
import { organizationConnections } from './organization-connections.ts'
import { organizationWrites } from './organization-writes.ts'
import { roleReads } from './roles.ts'
import { roleWrites } from './role-writes.ts'
import { tenantReads } from './tenant-reads.ts'
import { userReads } from './users.ts'
import { userUpdates } from './user-update.ts'
import { userWrites } from './user-writes.ts'

export const operations: readonly Operation[] = [
  ...userReads,
  ...userWrites,
  ...userUpdates,
  ...roleReads,
  ...roleWrites,
  ...organizationReads,
  ...organizationWrites,
  ...organizationConnections,
  ...memberReads,
  ...memberWrites,
  ...membersByRole,
  ...invitationOperations,
  ...groupOperations,
  ...effectiveOperations,
  ...accessOperations,
  ...jobOperations,
  ...logOperations,
  ...tenantReads,
]
