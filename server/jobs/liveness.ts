import { randomBytes } from 'node:crypto'
import type { Pool, PoolClient } from 'pg'

/**
 * Proof of life: a session-level advisory lock on a connection of its own. When the process dies, however it dies,
 * the kernel closes the connection and PostgreSQL frees the lock at once.
 */
export interface Liveness {
  /** The key held now; taken anew on another connection when the last one broke. */
  key(): Promise<string>
  end(): void
}

export function liveness(pool: Pool): Liveness {
  let holding: { readonly client: PoolClient; readonly key: string } | null = null
  let taking: Promise<string> | null = null
  let ended = false

  async function take(): Promise<string> {
    const client = await pool.connect()
    const key = randomBytes(8).readBigInt64BE().toString()
    client.once('error', (error) => {
      if (holding?.client !== client) return
      holding = null
      client.release(error)
    })
    await client.query('select pg_advisory_lock($1::bigint)', [key])
    if (ended) client.release(true)
    else holding = { client, key }
    return key
  }

  return {
    key() {
      if (holding) return Promise.resolve(holding.key)
      return (taking ??= take().finally(() => (taking = null)))
    },
    end() {
      ended = true
      // Closed, not handed back: the lock belongs to the connection.
      holding?.client.release(true)
      holding = null
    },
  }
}
