/**
 * # assignments: what ought to be
 *
 * Owns intent: who ought to hold which entitlement of a connection (`Assignment`), and how accounts, roles and
 * organizations themselves ought to be (`DesiredObject`): whether they exist, and the values of their governed
 * fields. Each says why, since when, and who or what wished it.
 *
 * Promises:
 *  - **Two versions.** `desiredVersion` rises by one when what is wished changes and never otherwise, so the same wish
 *    twice is one; `appliedVersion` is what the target is known to have reached. Neither goes down, and the applied
 *    one never passes the desired one: the database refuses it, whoever writes.
 *  - That something ought *not* to be is an intention like any other: rows are not deleted.
 *  - A field nobody wished anything of is not governed; wishing one field leaves the others as they were wished.
 *  - **Baseline.** "Take what is now as intent" works through a connection in batches that commit with their place:
 *    it resumes after a crash, never overrides an intention there is, and finds nothing to do the second time. Only
 *    kinds that were read completely can be taken. From then on the kind is governed: what appears by itself is drift.
 *
 * `wish`, `applied`, `bind…` and `of` run in the caller's transaction, so that an intention and the operation that
 * will carry it out are one. Their caller audits; a baseline audits itself. Wishing does not touch a target.
 *
 * Why objects as well as grants: a role that someone added in the target is a disagreement of its own, before anybody
 * holds it. Decision 0021.
 */
export { createAssignments, type Assignments, type AssignmentsParts } from './run.ts'
export { applied, of, restore, wish, type WishOptions } from './wish.ts'
export { bindIdentity, bindObject, type Earlier } from './store-wish.ts'
export { type NamedObject, protectedAmong } from './store-protect.ts'
export { countByKind, governedKinds } from './store-read.ts'
export type { PreviewedKind } from './baseline.ts'
export type { Baseline, BaselineKind } from './store-baseline.ts'
export type {
  Assignment,
  DesiredObject,
  GrantWish,
  Intent,
  ObjectWish,
  Origin,
  Source,
  Whose,
  Wish,
  Wished,
} from './intent.ts'
