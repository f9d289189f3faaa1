/**
 * # connector-kit: what an Owlie connector is
 *
 * A connector is a plain, stateless value that answers four questions about one kind of target system:
 * *can we talk?* (`test`), *what is there?* (`read`), *is this one there?* (`find`), *do this* (`apply`).
 * It knows nothing about Owlie's tenants, jobs or database, and it never keeps a credential: each call gets a
 * `Session`, opened by the server, with the connection's settings, its sealed secrets and the one HTTP door.
 *
 * Promises of this package:
 *  - A capability is a key that exists. `read.users` either is a function or is absent; nothing else declares it.
 *  - One call reads one page. The server drives, so it can commit a checkpoint after every page, pace the
 *    requests, and stop at any moment.
 *  - The end of a list is a positive statement: `more(cursor)`, `complete`, or `truncated(why)`. Nothing ends by
 *    the absence of something, because then every fault would look like success.
 *  - Doubt is a value. A write is `applied`, `refused` (surely nothing happened) or `unknown` (look before you
 *    touch again). A failure has one of ten kinds, and the kind alone says who acts and whether to try again.
 *  - Verbs return failures, they do not throw them. What is thrown is a defect.
 *
 * This package imports nothing else of Owlie. `connector-kit/testing` holds the conformance suite.
 */
export type { AccountPermission, Named, PermissionsResult, Tie } from './access.ts'
export type {
  AccountFacts,
  Capability,
  Check,
  CheckStatus,
  ConfigField,
  Connector,
  CustomRate,
  ForecastInput,
  Hint,
  HintPage,
  Hints,
  Holder,
  KindForecast,
  KindName,
  KindSize,
  LeastPrivilege,
  Manifest,
  ObjectKind,
  PageRequest,
  ReadForecast,
  ScopeAdvice,
  ScopePreset,
  Session,
  SetupSnippet,
  SnippetRequest,
  TestListener,
} from './connector.ts'
export type {
  ActionBatch,
  ActionEffect,
  ActionKind,
  ActionName,
  ActionSecret,
  ActionTarget,
  Apply,
  Change,
  Finding,
  JsonSchema,
  Look,
  NaturalKey,
  Outcome,
  Reference,
} from './change.ts'
export { actionOf, batchOf, checkShape, isRepeatable, scopesOfChange } from './check-change.ts'
export { lookAll, questionsOf } from './look.ts'
export type {
  AccountObservation,
  EntitlementObservation,
  FindResult,
  GrantObservation,
  HeldResult,
  Json,
  Observation,
  Page,
  PageEnd,
  ReadResult,
} from './observation.ts'
export {
  type Failure,
  type FailureKind,
  FailureError,
  failureKinds,
  failureRules,
  isFailure,
} from './failure.ts'
export { enteredScopes, kindsOf, unreadKinds, type UnreadKind } from './kinds.ts'
export { Secret } from './secret.ts'
export { type Clock, systemClock } from './clock.ts'
export {
  type Door,
  type DoorOptions,
  type DoorStats,
  type RequestEvent,
  failureOfStatus,
  openDoor,
} from './http.ts'
export { toldWait, type WaitListener } from './pace.ts'
export { type Bucket, type BucketLimit, type BucketState, usableBurst } from './bucket.ts'
export { openGovernor, type RateOptions, type RateRules } from './governor.ts'
export { type BucketStates, memoryLedger, type RateLedger } from './ledger.ts'
export { checkHost, type HostPolicy, type HostVerdict } from './host.ts'
