/**
 * # operators: who may do what inside Owlie
 *
 * Owns sign-in, sessions, operators and their roles, API keys and their scopes, and the one table of permissions.
 * The sign-in itself is better-auth's (password, TOTP second factor); it lives in schema `auth`, which the
 * application's database role cannot see. Passkeys and SSO are not on yet.
 *
 * Promises:
 *  - Nobody signs up; an admin makes operators, and the first start makes the first admin.
 *  - A session is a new random token at every sign-in, in an HttpOnly cookie (`__Host-` on https); it ends on
 *    sign-out, after 12 h without use, after 7 days, when the role or password changes. The database caps the times.
 *  - A password made up here, for a new operator or one who forgot theirs, opens the door for a week and only to choose
 *    one's own. Who is disabled is out at once. There is always an admin who can sign in.
 *  - A role is looked up at each request, so taking it away works at once. Keys belong to the tenant and act with
 *    their scopes only; a key cannot make a stronger key; the key itself is shown once and stored as a hash.
 *  - Guessing is slowed per account and per address, counted before the password is looked at; the answer is the
 *    same for accounts that exist and that do not. Who signed in from an address before is not locked out by
 *    guesses from elsewhere.
 *  - A request that a foreign page could have sent with the operator's cookie is nobody's request (`crossSite`).
 *  - Sign-ins, refusals, keys and roles are audited; what an audit event cannot be written for does not happen.
 *
 * `allows(principal, action)` is the only place that decides; doors call it and pass its refusal on as it is.
 */
export { createOperators, type Operators, type OperatorsOptions } from './run.ts'
export type { ApiKey, By, CreatedApiKey, NewApiKey } from './api-keys.ts'
export type { IssuedPassword } from './operator-access.ts'
export type { CreatedOperator, FirstStart, NewOperator } from './people.ts'
export {
  type Action,
  actionsOf,
  actorOf,
  allows,
  apiKeyScopes,
  type ApiKeyScope,
  type Permission,
  type Principal,
  type Role,
} from './permissions.ts'
export type { OperatorRow, PersonRow } from './store.ts'
export { crossSite } from './origin.ts'
