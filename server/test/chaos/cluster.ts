import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startEmbedded } from '../../db/embedded/index.ts'
import { openDatabase } from '../../db/index.ts'

/** A PostgreSQL for one call of `npm run chaos`: its own, or `OWLIE_TEST_DATABASE_URL`. */
export interface Cluster {
  /** A new, migrated database's address. */
  database(): Promise<string>
  close(): Promise<void>
}

export async function openCluster(): Promise<Cluster> {
  const given = process.env['OWLIE_TEST_DATABASE_URL']
  const directory = mkdtempSync(join(tmpdir(), 'owlie-chaos-'))
  // As root the server runs as another user, who must be able to enter.
  chmodSync(directory, 0o755)
  const server =
    given === undefined ? await startEmbedded({ dataDirectory: directory, unsafeFast: true }) : null
  const cluster = given ?? server!.url
  const made: string[] = []
  const onCluster = async (text: string) => {
    const client = new pg.Client({ connectionString: cluster })
    await client.connect()
    await client.query(text).finally(() => client.end())
  }
  return {
    async database() {
      const name = `chaos_${process.pid}_${made.length}`
      await onCluster(`create database ${name}`)
      made.push(name)
      const url = new URL(cluster)
      url.pathname = `/${name}`
      await (await openDatabase({ url: url.href })).close()
      return url.href
    },
    async close() {
      if (server) await server.stop()
      else for (const name of made) await onCluster(`drop database ${name} with (force)`)
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
