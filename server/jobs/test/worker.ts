import { openDatabase } from '../../db/index.ts'
import { countingJobs } from './counting-work.ts'

/** A worker process to be killed. Says `ready` over IPC; ends cleanly on the message `stop`. */
const database = await openDatabase({ url: process.env['TEST_URL']! })
const jobs = countingJobs(database, Number(process.env['TEST_STEP_MS']))
await jobs.start()
process.on('message', async (message) => {
  if (message !== 'stop') return
  await jobs.stop()
  await database.close()
  process.send?.('stopped')
  process.disconnect?.()
})
process.send?.('ready')
