/**
 * # inventory: what is
 *
 * Owns accounts, entitlements and grants as syncs saw them: who is there, what can be held, who holds it, since when,
 * and what is no longer seen. It takes pages from a sync (`Recording`) and answers questions about them (`Inventory`).
 *
 * Promises:
 *  - **Stale, not deleted.** What a complete run did not see is marked with when it was first missed and last seen;
 *    seen again, the marks go. Only `sweepKind` marks a kind, and its caller may call it only for one read completely;
 *    single objects are marked by `Proving`, only because the target was asked for exactly them.
 *  - **No change, no write.** Hashes are read first; an object that is as it was costs no row. What a run has seen
 *    is kept as one row per page until the run is closed, so the sweep is one set-based statement per kind.
 *  - **One bad record is one bad record.** What cannot be stored (an id PostgreSQL cannot hold, attributes deeper
 *    than 100 levels or larger than 4 MiB) is quarantined and named; the page stands, and an object that was named
 *    but not understood is never taken for missing. NUL and broken characters in values are replaced, not refused:
 *    otherwise anyone could leave the inventory by writing one into his own metadata.
 *  - Ids are the target's own, byte for byte, and sort by their bytes.
 *  - It observes and never decides: assignments, drift and plans are other features' tables.
 *
 * How it fails: an id that does not exist is null or an empty page; a wrong `after` throws the failure
 * `list.bad_cursor`; everything else thrown is a defect or the database.
 *
 * Every `Recording` call runs in the caller's transaction, so that a page and the sync's checkpoint are one.
 */
export type { Known } from './store-known.ts'
export { createInventory, type Inventory, type InventoryParts } from './run.ts'
export { isRefusedValue } from './record-page.ts'
export type {
  Account,
  AccountsInput,
  Entitlement,
  EntitlementCore,
  EntitlementsBy,
  EntitlementsInput,
  Grant,
  InventoryRecord,
  KindCount,
  KindMeasure,
  KindOfRun,
  KindTally,
  Overview,
  Page,
  PageInput,
  PageToRecord,
  ProofMeasure,
  Proving,
  Recorded,
  Recording,
  SeenVersion,
  StaleInput,
  StaleObject,
} from './inventory.ts'
export type { Quarantined } from './prepare.ts'
export { canonical } from './canonical.ts'
export type { ProvenChange } from './record-proof.ts'
export { believedSql } from './store-held.ts'
