import { expect, test } from 'vitest'
import { testDatabase } from '../database.ts'
import { provisioningChaos } from './provisioning-chaos.ts'
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

test('random operations with faults, deaths and meddling: one effective write per approved step, as it was previewed', async () => {
  const database = await testDatabase()
  try {
    const report = await provisioningChaos({ databaseUrl: database.url, cases: 30, seed: 7 })
    expect(report).toMatchObject({ cases: 30, duplicates: [], lost: [], mismatches: [] })
    // It has met what it is there for.
    expect(report.faults).toBeGreaterThan(5)
    expect(Object.keys(report.deaths).length).toBeGreaterThan(3)
  } finally {
    await database.close()
  }
}, 120_000)
