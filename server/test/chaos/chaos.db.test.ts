import { expect, test } from 'vitest'
import { testDatabase } from '../database.ts'
import { syncChaos } from './sync-chaos.ts'

/** A slice of `npm run chaos` with a fixed seed. The whole is a matter of minutes. */

test('workers killed with SIGKILL at named and random moments: nothing lost, nothing wiped, nothing left open', async () => {
  const database = await testDatabase()
  try {
    const report = await syncChaos({ databaseUrl: database.url, kills: 6, seed: 7 })
    expect(report.violations).toEqual([])
    expect(report.kills).toBeGreaterThanOrEqual(6)
  } finally {
    await database.close()
  }
}, 120_000)
