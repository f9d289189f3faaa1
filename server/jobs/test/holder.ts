import { isFailure } from '@owlie/connector-kit'
import { openDatabase } from '../../db/index.ts'
import { acquireLease, assertHeld } from '../index.ts'

/** Takes a lease, says so, and tries to write under it when told to. Stopped and continued in between. */
const database = await openDatabase({ url: process.env['TEST_URL']! })
const lease = await database.tenant('default', (trx) => acquireLease(trx, 'frozen', 'holder', 300))
process.on('message', async () => {
  const outcome = await database
    .tenant('default', async (trx) => {
      await assertHeld(trx, lease!)
      return 'written'
    })
    .catch((error: { failure?: unknown }) => (isFailure(error.failure) ? error.failure.code : 'broken'))
  process.send?.(outcome)
  await database.close()
  process.disconnect?.()
})
process.send?.(lease ? 'holding' : 'refused')
