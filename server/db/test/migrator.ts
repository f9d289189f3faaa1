import pg from 'pg'
import { migrate, migrations } from '../index.ts'

/** A process that adds a table, then works long on the same migration, until it is killed. */
const client = new pg.Client({ connectionString: process.env['TEST_URL']! })
await client.connect()
const sql = 'create table half_done (n int); select pg_sleep(600)'
await migrate(client, [...migrations(), { name: '9000_long.sql', sql, checksum: 'long' }])
