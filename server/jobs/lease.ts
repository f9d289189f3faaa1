import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'kysely'
import { FailureError } from '@owlie/connector-kit'
import type { Database, TenantTx } from '../db/index.ts'
import { failPoint } from '../fail-point.ts'

/** The right to work on one resource of a tenant, until it ends or somebody else gets a larger token. */
export interface Lease {
  /** E.g. `connection:<id>`. */
  readonly resource: string
  readonly token: number
}

/**
 * Takes the resource if nobody holds it, for `ttlMs`; null when somebody does (also the same owner: a lease is per
 * piece of work). Commit soon: others wait for the row.
 */
export async function acquireLease(
  trx: TenantTx,
  resource: string,
  owner: string,
  ttlMs: number,
): Promise<Lease | null> {
  const { rows } = await sql<{ token: number }>`
    insert into lease as held (resource, owner, token, expires_at)
    values (${resource}, ${owner}, 1, clock_timestamp() + make_interval(secs => ${ttlMs / 1000}))
    on conflict (tenant_id, resource) do update
      set owner = excluded.owner, token = held.token + 1,
          expires_at = clock_timestamp() + make_interval(secs => ${ttlMs / 1000})
      where held.owner is null or held.expires_at <= clock_timestamp()
    returning token`.execute(trx)
  const row = rows[0]
  return row ? { resource, token: row.token } : null
}

/** False when somebody else has taken over or it was released. A lease that ended but was not taken is still ours. */
export async function renewLease(trx: TenantTx, lease: Lease, ttlMs: number): Promise<boolean> {
  const { rows } = await sql`
    update lease set expires_at = clock_timestamp() + make_interval(secs => ${ttlMs / 1000})
    where resource = ${lease.resource} and token = ${lease.token} and owner is not null
    returning token`.execute(trx)
  return rows.length > 0
}

/** Gives it back. Says nothing when it was lost already. */
export async function releaseLease(trx: TenantTx, lease: Lease): Promise<void> {
  await sql`
    update lease set owner = null, expires_at = clock_timestamp()
    where resource = ${lease.resource} and token = ${lease.token}`.execute(trx)
}

/**
 * Call it in the transaction of each write made under a lease. Nobody can take the resource over until this
 * transaction ends.
 * @throws FailureError `jobs.lease_lost` when somebody else has taken over: the transaction must not commit.
 */
export async function assertHeld(trx: TenantTx, lease: Lease): Promise<void> {
  const { rows } = await sql`
    select from lease
    where resource = ${lease.resource} and token = ${lease.token} and owner is not null
    for share`.execute(trx)
  if (rows.length === 0) throw new FailureError(lost)
}

export interface HoldOptions {
  readonly tenantId: string
  readonly resource: string
  readonly owner: string
  /** How long others wait after this process has hung without dying. Renewed at a third of it. */
  readonly ttlMs: number
}

export interface Held {
  readonly lease: Lease
  /** Aborts when the lease is lost; combine it with the task's own signal. */
  readonly signal: AbortSignal
  /**
   * Call it right before a write to somewhere that knows no token: by the clock of this process the time has not run
   * out. One that was stopped and wakes up finds out here, before any timer of its own has told it.
   * @throws FailureError `jobs.lease_lost`
   */
  assertInTime(): void
}

/** Runs `work` while holding the resource, or says that somebody else does. Releases it in the end. */
export async function holdLease<T>(
  database: Database,
  options: HoldOptions,
  work: (held: Held) => Promise<T>,
): Promise<{ readonly held: true; readonly value: T } | { readonly held: false }> {
  const { tenantId, resource, owner, ttlMs } = options
  let since = stopwatch()
  const lease = await database.tenant(tenantId, (trx) => acquireLease(trx, resource, owner, ttlMs))
  if (!lease) return { held: false }
  failPoint('jobs.lease.taken')
  const gone = new AbortController()
  let renewing: Promise<void> = Promise.resolve()
  const timer = setInterval(() => {
    renewing = renewing.then(async () => {
      try {
        const asked = stopwatch()
        const ours = await database.tenant(tenantId, (trx) => renewLease(trx, lease, ttlMs))
        if (ours) since = asked
        else gone.abort(new FailureError(lost))
      } catch {
        // The database is away. The token fences every write, so trying again at the next tick is enough.
      }
    })
  }, ttlMs / 3)
  const assertInTime = () => {
    if (gone.signal.aborted || since() >= ttlMs) throw new FailureError(lost)
  }
  try {
    return { held: true, value: await work({ lease, signal: gone.signal, assertInTime }) }
  } finally {
    clearInterval(timer)
    await renewing
    failPoint('jobs.lease.unreturned')
    await giveBack(database, tenantId, lease)
  }
}

/** Milliseconds since now, by whichever clock says more: one of them may stand still while a machine sleeps. */
function stopwatch(): () => number {
  const [monotonic, wall] = [performance.now(), Date.now()]
  return () => Math.max(performance.now() - monotonic, Date.now() - wall)
}

/** A database that is away for a moment must not cost the whole lease time. After that, the time runs out by itself. */
async function giveBack(database: Database, tenantId: string, lease: Lease): Promise<void> {
  for (const waitMs of [0, 200, 1000, 3000]) {
    try {
      await pause(waitMs)
      return await database.tenant(tenantId, (trx) => releaseLease(trx, lease))
    } catch {
      // Tried again; what the work itself threw is what the caller has to know.
    }
  }
}

const lost = {
  kind: 'conflict',
  code: 'jobs.lease_lost',
  message: 'Another worker has taken this work over.',
  remedy: 'Nothing to do: it goes on there.',
} as const
