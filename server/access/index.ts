/**
 * # access: what an account can do, and why
 *
 * Owns the answer to "what can this account do, and where does it come from": what it holds itself, what it holds
 * through groups, and which permissions follow from all that, each with every way it comes (`effective`). And, because
 * permissions given to an account itself cannot be read in bulk, the question to the target for one account
 * (`readPermissions`).
 *
 * Promises:
 *  - `effective` costs the target no request and rests only on what complete or partial reads brought; what was never
 *    read completely is listed with the scopes it would take (`unseen`), never passed over.
 *  - Something that counts only inside an organization says so (`inside`): it is no permission elsewhere.
 *  - What leads where comes from the manifest (`tie`, `allowsAs`, `inside`); nothing here knows a connector.
 *  - `readPermissions` is all or a failure, is shown with the moment it was read and kept nowhere: a sync could not
 *    keep it true. It is audited, since somebody looked.
 *
 * How it fails: `Refusal` with the target's own failure (missing scope, no such account, not reached), null or
 * `access.account_not_found` for an unknown account; a throw only for defects and the database.
 */
export { createAccess, type Access } from './run.ts'
export type {
  AccessOrigin,
  AccountPermissions,
  AllowedPermission,
  EffectiveAccess,
  HeldEntitlement,
  Unseen,
} from './access.ts'
