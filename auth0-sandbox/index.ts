/**
 * A faithful, stateful Auth0 tenant on your own machine.
 *
 * Owns one tenant in memory: users, roles, organizations, memberships, applications with their grants, and
 * the parts of Auth0 that a connector or an integration meets: https with its own CA, `/oauth/token`, the
 * Management API v2 with its paginations, caps, scopes, errors, rate limits, index lag and logs. It imports
 * nothing of Owlie and can be used without it (see README.md for what is and is not faithful).
 *
 * Promises: the same seed gives the same state and the same client ids and secrets; where behaviour was
 * recorded from real tenants the recording is followed, and every behaviour that is odd or not settled has a
 * switch in `Quirks`; direct changes through `sandbox.tenant` are visible everywhere at once, changes through
 * the API as late as Auth0's index makes them.
 *
 * Fails: `startSandbox` rejects when the port is taken, the directory cannot be written, or a shape does not
 * fit the number of users. Requests never make it throw; a defect is answered with 500 and printed on stderr.
 */
export { operations } from './api/index.ts'
export { startSandbox, type Application, type NewApplication, type Sandbox } from './sandbox.ts'
export { defaultQuirks, type Quirks, type SandboxOptions, type SeedShape } from './options.ts'
export type { CertificateKind } from './certificates.ts'
export type { SandboxClock } from './clock.ts'
export type { FaultControl, FaultEffect, FaultMatch, FaultRule } from './faults/index.ts'
export {
  rateProfiles,
  type Bucket,
  type BucketLimit,
  type BucketLimits,
  RateLimiter,
  type RateProfileName,
} from './rate/index.ts'
export type { RequestEntry, RequestLog } from './request-log.ts'
export type { Change, ChangeKind, JournalEntry, WriteJournal } from './write-journal.ts'
export type {
  Auth0Connection,
  Group,
  Member,
  NewUser,
  Organization,
  Role,
  RoleHolder,
  TenantSnapshot,
  TenantState,
  User,
} from './tenant/index.ts'
