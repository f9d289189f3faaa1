import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { openDatabase } from '../db/index.ts'
import { startEmbedded } from '../db/embedded/index.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The cluster of this test run, and its migrated template database. */
    databaseUrl: string
  }
}

export const TEMPLATE = 'owlie_template'

/** One cluster per run, one migrated template; each test file clones it. `OWLIE_TEST_DATABASE_URL` replaces the cluster. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['OWLIE_TEST_DATABASE_URL']
  const directory = mkdtempSync(join(tmpdir(), 'owlie-test-'))
  // As root the server runs as another user, who must be able to enter.
  chmodSync(directory, 0o755)
  const server =
    given === undefined ? await startEmbedded({ dataDirectory: directory, unsafeFast: true }) : null
  const url = given ?? server!.url
  await makeTemplate(url)
  project.provide('databaseUrl', url)
  return async () => {
    await server?.stop()
    rmSync(directory, { recursive: true, force: true })
  }
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
