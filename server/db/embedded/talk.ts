import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { dbFailure } from '../failure.ts'
import { type Place, SUPERUSER } from './place.ts'

/** Owner of Owlie's database: no superuser, as in production. It may create databases (copies, tests). */
const OWNER = 'owlie'
const DATABASE = 'owlie'
const KEEPER = 'owlie-keeper'
const INVALID_PASSWORD = '28P01'

export function ownerUrl(place: Place, port: number): string {
  return `postgres://${OWNER}:${place.access.owner}@127.0.0.1:${port}/${DATABASE}`
}

/** Whether the server of exactly this cluster answers there. False: not there yet, starting, stopping, or another. */
export async function answers(place: Place, port: number): Promise<boolean> {
  const client = superuser(place, port, 'owlie-probe')
  try {
    await client.connect()
    const { rows } = await client.query<{ directory: string }>(
      `select current_setting('data_directory') as directory`,
    )
    return rows[0]?.directory === place.cluster
  } catch (error) {
    // It will never become right, however long one waits.
    if ((error as { code?: string }).code === INVALID_PASSWORD) {
      throw dbFailure(
        'credential',
        'db.wrong_embedded_password',
        `The PostgreSQL in ${place.cluster} does not accept the password kept beside it.`,
        'Put back access.json from the backup that the data came from.',
      )
    }
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** The owner, Owlie's role and the database, where they are missing: a start that was killed may have got half-way. */
export async function makeDatabase(place: Place, port: number): Promise<void> {
  const client = superuser(place, port, 'owlie-prepare')
  await client.connect()
  try {
    const { rows } = await client.query<{ owner: boolean; database: boolean }>(
      `select exists (select from pg_roles where rolname = '${OWNER}') as owner,
              exists (select from pg_database where datname = '${DATABASE}') as database`,
    )
    const { owner, database } = rows[0]!
    if (!owner) {
      await client.query(`
        create role ${OWNER} login createdb password '${place.access.owner}';
        create role owlie_app nologin;
        grant owlie_app to ${OWNER}`)
    }
    if (!database) await client.query(`create database ${DATABASE} owner ${OWNER}`)
  } finally {
    await client.end()
  }
}

/**
 * An open connection that says: this server is in use. `lost` is called when it breaks, and not after `end`. It does
 * not keep the process alive.
 */
export async function keep(place: Place, port: number, lost: () => void): Promise<{ end(): Promise<void> }> {
  const client = superuser(place, port, KEEPER)
  await client.connect()
  const broke = () => {
    client.removeListener('end', broke)
    lost()
  }
  client.on('end', broke)
  // The types of pg leave these two out.
  const socket = client as pg.Client & { ref(): void; unref(): void }
  socket.unref()
  return {
    async end() {
      client.removeListener('end', broke)
      socket.ref()
      await client.end().catch(() => undefined)
    },
  }
}

/** Whether another Owlie keeps it. One that was just killed is gone within a moment. */
export async function isKept(place: Place, port: number): Promise<boolean> {
  const client = superuser(place, port, 'owlie-probe')
  try {
    await client.connect()
    for (let look = 0; ; look += 1) {
      const { rows } = await client.query<{ keepers: number }>(
        `select count(*)::int as keepers from pg_stat_activity where application_name = '${KEEPER}'`,
      )
      if (rows[0]!.keepers === 0) return false
      if (look === 5) return true
      await sleep(30)
    }
  } catch {
    return false // it does not answer: whoever used it is as lost as we are
  } finally {
    await client.end().catch(() => undefined)
  }
}

function superuser(place: Place, port: number, application_name: string): pg.Client {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: SUPERUSER,
    password: place.access.superuser,
    database: 'postgres',
    application_name,
    connectionTimeoutMillis: 5_000,
  })
  // A connection may break at any time; whoever awaits it hears of it there.
  client.on('error', () => undefined)
  return client
}
