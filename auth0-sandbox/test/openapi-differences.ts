/** Where the sandbox differs from Auth0's OpenAPI document (of 2026-06-25), and what says that Auth0 does too. */
export interface Difference {
  readonly operation: string
  /** As `OpenApi.judge` words it. */
  readonly says: string
  /** A recording of a real tenant (file in auth0/go-auth0, test/data/recordings), or what else is known. */
  readonly because: string
}

const newer = 'Newer than the document; the official SDK 7.1.0 has it.'
const bodyless = (status: number): string => `status ${status} has a body, where none is described`
const twoShapes =
  'The document has two shapes for a page of members, and one by cursor is both: nothing is required in either.'

export const differences: readonly Difference[] = [
  {
    operation: 'DELETE /roles/{id}',
    says: bodyless(200),
    because: 'TestRoleManager_Delete: 200 {}',
  },
  {
    operation: 'DELETE /roles/{id}/permissions',
    says: 'status 204 is unknown',
    because: 'TestRoleManager_Permissions: 204 without a body',
  },
  {
    operation: 'POST /roles/{id}/permissions',
    says: bodyless(201),
    because: 'TestRoleManager_Permissions: 201 {}',
  },
  {
    operation: 'POST /roles/{id}/users',
    says: bodyless(200),
    because: 'TestRoleManager_Users: 200 {}',
  },
  {
    operation: 'POST /users/{id}/permissions',
    says: bodyless(201),
    because: 'TestUserManager_Permissions: 201 {}',
  },
  {
    operation: 'POST /organizations/{id}/invitations',
    says: 'status 201 is unknown',
    because: 'TestOrganizationManager_CreateInvitation: 201 with the invitation',
  },
  {
    operation: 'DELETE /users/{id}/sessions',
    says: bodyless(202),
    because: 'Recorded as 202 {}; a client must bear both.',
  },
  {
    operation: 'DELETE /users/{id}/refresh-tokens',
    says: bodyless(202),
    because: 'Recorded as 202 {}; a client must bear both.',
  },
  {
    operation: 'GET /jobs/{id}/errors',
    says: 'status 204 has no body, where one is described',
    because: 'The document gives 204 the body of 200; a 204 has none (RFC 9110, 15.3.5).',
  },
  {
    operation: 'POST /jobs/users-exports',
    says: "/ must have required property 'connection'",
    because: 'An export of all connections has none to name; no recording shows one.',
  },
  { operation: 'GET /organizations/{id}/clients', says: 'the operation is unknown', because: newer },
  {
    operation: 'GET /organizations/{id}/roles/{role_id}/groups',
    says: 'the operation is unknown',
    because: newer,
  },
  {
    operation: 'GET /organizations/{id}/roles/{role_id}/members',
    says: 'the operation is unknown',
    because: newer,
  },
  { operation: 'GET /organizations/{id}/members', says: '/ must be array', because: twoShapes },
  {
    operation: 'GET /organizations/{id}/members',
    says: '/ must match exactly one schema in oneOf',
    because: twoShapes,
  },
]
