/**
 * # db/embedded: a real PostgreSQL without installing one
 *
 * Owns the PostgreSQL server of a data directory: its binaries (from npm), its files, its start, adoption and stop.
 *
 * Promises:
 *  - One server per directory, ever. Starters take turns by a lock file; below that, a cluster appears by one rename,
 *    and PostgreSQL refuses a second server on it.
 *  - Nothing committed is lost, whichever process is killed. A server that outlived its Owlie is adopted; one that was
 *    killed is started again and recovers, also while Owlie runs.
 *  - `stop` ends the server fast and cleanly, unless another Owlie still uses it.
 *  - Passwords are made here, kept in a file only the owner reads, and never in arguments or the environment. The
 *    server listens on 127.0.0.1 only.
 *  - Works under root, which PostgreSQL refuses: as `nobody`, or whoever owns the files. No permission of a folder
 *    that is not ours is ever changed.
 *
 * Fails with a `FailureError` (codes `db.*`) that says what to do, with the end of the server's log where it helps.
 *
 * Why not a wrapper from npm: those end the server with the process, or leave an orphan that blocks the next start.
 */
export { type EmbeddedOptions, type EmbeddedServer, startEmbedded, stopEmbedded } from './launch.ts'
