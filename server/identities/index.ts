/**
 * # identities: who
 *
 * Owns identities (people, machines), whose account is whose, merges, and which connection's word counts for which
 * attribute. Accounts themselves are the inventory's and are never changed here; what suggests links is `correlation`.
 *
 * Promises:
 *  - **An identity is never merged unasked**, only by an admin's `merge`; `unmerge` puts back every row as it was. A
 *    merged identity stays as an empty row with `mergedInto`, so an id that is kept elsewhere never leads nowhere.
 *  - **A decision of an admin stands** against every later sync: linked, taken away, not the same, marked as a service
 *    account. Rules only add links where nobody has decided, through `linkByRule`.
 *  - Every decision is audited in its own transaction, under the identity, for its timeline.
 *  - Values are resolved purely from what admins entered and what accounts say, in an order that is set per attribute;
 *    what won is stored for lists, whence it comes and what lost is told anew each time.
 *  - Text is compared by ASCII case only (comparable.ts): look-alike addresses are not equal.
 *
 * How it fails: doors return a `Refusal` (failures.ts). An id that does not exist is null; a wrong `after` throws
 * `list.bad_cursor`; everything else thrown is a defect or the database.
 *
 * For features that keep identity ids: `find`/`findByAccount` in your transaction; follow `mergedInto` until it is
 * null when you act on one, and keep the id you have, so that an unmerge is right again by itself.
 */
export { createIdentities, type Identities, type IdentitiesParts } from './run.ts'
export { type AttributeName, manualSource, type SourcedValue } from './attributes.ts'
export { comparableEmail, comparableId } from './comparable.ts'
export type { EnteredValue } from './check-values.ts'
export type {
  AccountLink,
  AccountNature,
  Evidence,
  IdentitiesInput,
  Identity,
  IdentityKind,
  IdentityMerge,
  IdentityStatus,
  ResolvedAttribute,
} from './identity.ts'
export type { Unmerged } from './merge.ts'
export type { AttributeSources, SourcesPreview } from './sources.ts'
export type { IdentityCounts } from './store.ts'
export type { TimelineEntry } from './timeline.ts'
export { type Picked, pickedSql } from './statements.ts'
export { ruleActor, type RuleDecisions } from './by-rule.ts'
export { findApart, type RuleLink } from './store-links.ts'
