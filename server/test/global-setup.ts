import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { openDatabase } from '../db/index.ts'
import { startEmbedded, stopEmbedded } from '../db/embedded/index.ts'
import { isAlive } from '../db/embedded/pid-file.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The cluster of this test run, and its migrated template database. */
    databaseUrl: string
    /** The same cluster's administrator, for tests about roles. */
    superuserUrl: string
  }
}

export const TEMPLATE = 'owlie_template'

const PREFIX = 'owlie-test-'

/** One cluster per run, one migrated template; each test file clones it. `OWLIE_TEST_DATABASE_URL` replaces the cluster. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['OWLIE_TEST_DATABASE_URL']
  if (given !== undefined) {
    await makeTemplate(given)
    project.provide('databaseUrl', given)
    project.provide('superuserUrl', given)
    return async () => undefined
  }
  await clearAway()
  const directory = mkdtempSync(join(tmpdir(), PREFIX))
  writeFileSync(join(directory, 'owner'), String(process.pid))
  // As root the server runs as another user, who must be able to enter.
  chmodSync(directory, 0o755)
  const server = await startEmbedded({ dataDirectory: directory, unsafeFast: true })
  await makeTemplate(server.url)
  project.provide('databaseUrl', server.url)
  project.provide('superuserUrl', superuserOf(directory, server.url))
  return async () => {
    await server.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Clusters of runs that were killed: their processes are gone, their servers live on. */
async function clearAway(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((each) => each.startsWith(PREFIX))) {
    const directory = join(tmpdir(), name)
    if (!existsSync(join(directory, 'owner'))) continue
    if (isAlive(Number(readFileSync(join(directory, 'owner'), 'utf8')))) continue
    await stopEmbedded(directory)
    rmSync(directory, { recursive: true, force: true })
  }
}

function superuserOf(directory: string, ownerUrl: string): string {
  const access = readFileSync(join(directory, 'postgres', 'access.json'), 'utf8')
  const { superuser } = JSON.parse(access) as { superuser: string }
  return Object.assign(new URL(ownerUrl), { username: 'postgres', password: superuser }).href
}

async function makeTemplate(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`drop database if exists ${TEMPLATE} with (force)`)
  await client.query(`create database ${TEMPLATE}`)
  await client.end()
  const template = new URL(url)
  template.pathname = `/${TEMPLATE}`
  const database = await openDatabase({ url: template.href })
  await database.close()
}
