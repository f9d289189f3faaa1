/**
 * # db: the one PostgreSQL
 *
 * Owns the connection pools, the two kinds of transaction, the migrations, and the embedded server that is used when
 * no `DATABASE_URL` is given.
 *
 * Promises:
 *  - `tenant(id, work)` sees and writes rows of that tenant only. Row-level security enforces it in the database, for a
 *    role (`owlie_app`) that owns nothing; forgetting a filter in a query cannot show another tenant's rows. The tenant
 *    is set for the transaction only, so a pooled connection carries nothing over.
 *  - `system(work)` acts as the owner, across tenants. Only jobs, operators and this folder may use it.
 *  - Migrations are numbered files, forward only, applied once under a lock; a changed file is refused.
 *  - The embedded server is never started twice on one directory; one that outlived its Owlie is adopted.
 *
 * Fails with exceptions: a database that is away is our own infrastructure, and the caller (a job, a request) is
 * ended by it, not the process. What stands in the way of opening one at all is a `FailureError` (codes `db.*`) with
 * the next step, for whoever starts the process.
 */
export { type Database, openDatabase, type SystemTx, type TenantTx } from './open.ts'
export { withHashJoins } from './hash-joins.ts'
export { migrate, migrations } from './migrate.ts'
export { type EmbeddedServer, startEmbedded } from './embedded/index.ts'
export { searched } from './search.ts'
export type * from './tables.ts'
