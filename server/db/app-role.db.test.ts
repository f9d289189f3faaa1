import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type EmbeddedServer, openDatabase, startEmbedded } from './index.ts'

/** A cluster of its own: roles belong to all databases of a cluster, and other tests run beside. */
const directory = mkdtempSync(join(tmpdir(), 'owlie-roles-'))
let server: EmbeddedServer

beforeAll(async () => {
  chmodSync(directory, 0o755)
  server = await startEmbedded({ dataDirectory: directory, unsafeFast: true })
})

afterAll(async () => {
  await server.stop()
  rmSync(directory, { recursive: true, force: true })
})

async function asSuperuser(text: string): Promise<void> {
  const access = readFileSync(join(directory, 'postgres', 'access.json'), 'utf8')
  const { superuser } = JSON.parse(access) as { superuser: string }
  const url = Object.assign(new URL(server.url), { username: 'postgres', password: superuser })
  const client = new pg.Client({ connectionString: url.href })
  await client.connect()
  await client.query(text)
  await client.end()
}

it('a role that bypasses row-level security is refused, whoever made it so', async () => {
  await asSuperuser('alter role owlie_app bypassrls')
  await expect(openDatabase({ url: server.url })).rejects.toMatchObject({
    failure: { code: 'db.app_role_too_strong' },
  })
  await asSuperuser('alter role owlie_app nobypassrls')
  const database = await openDatabase({ url: server.url })
  await database.close()
})
