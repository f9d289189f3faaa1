import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
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
    await expect(migrate(client, [...known, broken])).rejects.toThrow('8001_broken.sql failed')
    const { rows } = await client.query(`select to_regclass('half') as half`)
    expect(rows).toEqual([{ half: null }])
  })

  it('are refused when an applied one has changed, or is unknown to this version', async () => {
    await expect(migrate(client, [...migrations(), step('8000_slow.sql', 'select 2')])).rejects.toThrow(
      'has changed',
    )
    await expect(migrate(client)).rejects.toThrow('is not part of this version')
  })
})
