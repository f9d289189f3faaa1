import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { migrate, migrations, type Migration } from './migrate.ts'

const name = `migrate_${randomBytes(6).toString('hex')}`
const address = () => Object.assign(new URL(inject('databaseUrl')), { pathname: `/${name}` }).href
let client: pg.Client

async function connected(url: string): Promise<pg.Client> {
  const opened = new pg.Client({ connectionString: url })
  await opened.connect()
  return opened
}

async function onCluster(statement: string): Promise<void> {
  const cluster = await connected(inject('databaseUrl'))
  await cluster.query(statement)
  await cluster.end()
}

beforeAll(async () => {
  await onCluster(`create database ${name}`)
  client = await connected(address())
})

afterAll(async () => {
  await client.end()
  await onCluster(`drop database ${name} with (force)`)
})

const step = (file: string, sql: string): Migration => ({ name: file, sql, checksum: `sum of ${sql}` })

describe('migrations', () => {
  it('of this version apply to an empty database, once', async () => {
    const applied = await migrate(client)
    expect(applied).toEqual(migrations().map((migration) => migration.name))
    expect(await migrate(client)).toEqual([])
  })

  it('are applied once by two starters at once', async () => {
    const wanted = [
      ...migrations(),
      step('8000_slow.sql', 'select pg_sleep(0.2); create table once_only (n int)'),
    ]
    const other = await connected(address())
    const applied = await Promise.all([migrate(client, wanted), migrate(other, wanted)])
    await other.end()
    expect(applied.flat()).toEqual(['8000_slow.sql'])
  })

  it('leave nothing behind when they fail', async () => {
    const known = [
      ...migrations(),
      step('8000_slow.sql', 'select pg_sleep(0.2); create table once_only (n int)'),
    ]
    const broken = step('8001_broken.sql', 'create table half (n int); select 1 / 0')
    await expect(migrate(client, [...known, broken])).rejects.toMatchObject({
      failure: { code: 'db.migration_failed', message: expect.stringContaining('8001_broken.sql') },
    })
    const { rows } = await client.query(`select to_regclass('half') as half`)
    expect(rows).toEqual([{ half: null }])
  })

  it('are refused when an applied one has changed, or is unknown to this version', async () => {
    await expect(migrate(client, [...migrations(), step('8000_slow.sql', 'select 2')])).rejects.toMatchObject(
      {
        failure: { code: 'db.migration_changed' },
      },
    )
    await expect(migrate(client)).rejects.toMatchObject({ failure: { code: 'db.migration_unknown' } })
  })

  it('leave the schema as it was when their process is killed in the middle, and free for the next', async () => {
    await client.query(`drop table once_only; delete from owlie_migration where name like '8%'`)
    const child = fork(fileURLToPath(new URL('./test/migrator.ts', import.meta.url)), {
      env: { ...process.env, TEST_URL: address() },
      execArgv: [],
    })
    await vi.waitFor(async () => {
      const { rows } = await client.query(`select from pg_stat_activity
        where datname = current_database() and wait_event = 'PgSleep'`)
      expect(rows).toHaveLength(1)
    }, 20_000)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await migrate(client)).toEqual([])
    const { rows } = await client.query(`select to_regclass('half_done') as half,
      (select count(*)::int from owlie_migration where name like '9%') as recorded`)
    expect(rows).toEqual([{ half: null, recorded: 0 }])
  })

  it('have one form of name and one number each', () => {
    const folder = `${mkdtempSync(join(tmpdir(), 'owlie-migrations-'))}/`
    writeFileSync(`${folder}0001_first.sql`, 'select 1;\r\n')
    expect(migrations(folder)).toMatchObject([{ name: '0001_first.sql', sql: 'select 1;\n' }])
    writeFileSync(`${folder}0001_again.sql`, '')
    expect(() => migrations(folder)).toThrow('0001')
    rmSync(`${folder}0001_again.sql`)
    writeFileSync(`${folder}2_odd.sql`, '')
    expect(() => migrations(folder)).toThrow('2_odd.sql')
    rmSync(folder, { recursive: true })
  })
})
