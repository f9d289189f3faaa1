/**
 * The tenant: what is true, and what the late views still show.
 *
 * Owns every row of the sandbox (users, roles, organizations, members, role holders, groups, connections,
 * resource servers, applications, grants, invitations, logs) in memory, and keeps both ends of each relation
 * together. It knows nothing of HTTP: no scopes, no status codes, no limits.
 *
 * Promises: rows are values, so a list handed out earlier never changes under its reader; lists are kept in
 * the order Auth0's cursors walk, so a page costs what it holds and not what lies before it; a change takes
 * an optional lag during which `view(now)` goes on showing the old row, which is how Auth0's search index and
 * member lists behave (https://auth0.com/docs/manage-users/user-search).
 *
 * Fails: changing what does not exist throws, as that is a mistake in the calling code; assigning twice or
 * removing the absent answers false.
 */
export { lowerBound } from './ordered-set.ts'
export type { View } from './lagged-set.ts'
export { TenantState, pictureOf, type NewUser, type TenantSnapshot } from './state.ts'
export type * from './records.ts'
