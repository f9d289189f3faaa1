/**
 * # audit: who did what, provably
 *
 * Owns one chain of events per tenant. `record` writes the event inside the caller's transaction, so a change and
 * its event exist both or not at all; if the event cannot be written, the change does not happen.
 *
 * Each event's hash covers the event before it:
 *   hash = hex(sha256(prev_hash LF tenant LF seq LF at LF content)), `at` as 2026-11-23T12:00:00.000Z,
 *   `content` the canonical JSON (keys sorted) of { action, actor, detail, subject }; seq 1 follows 64 zeros.
 * Everything shown of an event is read from `content`, so nothing shown can differ from what was hashed.
 *
 * Promises:
 *  - Append-only: the application's database role may neither insert, update nor delete events; it may call one
 *    function that appends. The chain's head is locked until the caller commits, so concurrent writers make one
 *    chain. **Record last in your transaction**: what comes after it waits for nobody, what comes before it does.
 *  - `verify` finds what a person with full rights on the database did: a changed, removed, inserted, reordered
 *    or foreign event, a rewritten head; and names the first bad place. Rewriting the *whole* rest of a chain is
 *    found against an older head kept elsewhere (`head`, then `verify(trx, { known })`).
 *  - Detail holds plain values under names from one list (detail.ts). A secret, an unknown name or text that looks
 *    like a credential is refused by throwing: it is a defect of the caller.
 *
 * Why not a log file: it could not share the transaction, and evidence must survive with the data it explains.
 */
export {
  type AuditEvent,
  type AuditHead,
  type NewAuditEvent,
  type Subject,
  head,
  list,
  record,
} from './store.ts'
export { type AuditDetail, looksLikeCredential } from './detail.ts'
export { type Verdict, verify } from './verify.ts'
export { canonical } from './chain.ts'
