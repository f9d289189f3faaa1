/**
 * # connections: a tenant's configured uses of a connector
 *
 * Owns connections, their sealed secrets and their tests. Everything else that talks to a target gets an opened
 * session here and never sees how the secret is kept.
 *
 * Promises:
 *  - A secret is write-only. Nothing returned by this door, stored in plain or written to the audit holds one; the
 *    most that is shown are the last four characters of a long one, who set it and when.
 *  - A secret goes only where it was entered for. It is sealed to tenant, connection, field, domain, client id and
 *    version; saving or testing another domain or client id without typing the secret again drops it (or refuses
 *    the test) and says why.
 *  - `ready` means: exactly what is saved was tested and works, if only in part: a missing permission takes away its
 *    capability, not the connection. Everything else is `incomplete` with a reason. A target that could only not be
 *    reached does not take `ready` away.
 *  - All problems of an entry are refused at once, each beside its field, with the corrected value where there is
 *    one. An edit on an old version is refused, so nobody overwrites what they have not seen.
 *  - A credential that works is never dropped for one nobody has seen work: a new secret or key pair is tested first,
 *    and the old one stays in use until that test has ended well. A key pair is made here; its private half never
 *    leaves, its public half is for everybody to see.
 *  - A test changes nothing in the target, ends within 15 s whatever the target does, can be cancelled at once, and
 *    survives its process: what was not finished is shown as interrupted. At most 6 start per minute and tenant.
 *  - Change and audit event are one transaction.
 *
 * How it fails: `Refusal` for what a person can put right, `{ failure }` when a session does not open, a throw only
 * for defects and a database that is gone.
 *
 * Why tests run in the process that was asked and not as jobs: the secret of a draft exists only in memory, and the
 * first row has to be on screen before a job would have been picked up.
 */
export { createConnections, type Connections } from './run.ts'
export type { Connection, ConnectionTest, SecretStatus } from './connection.ts'
export { type PublicKey, publicKeyOf } from './key-pair.ts'
export type { WaitingKey } from './keys.ts'
export type { DoorLimits, OpenSession } from './open-session.ts'
