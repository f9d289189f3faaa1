/**
 * A server process with nothing but its workers, for tests that kill, stop and freeze it. Its configuration comes as
 * its first IPC message; it says `ready` when it works. A later one arms it, which it confirms. SIGTERM ends it as it
 * ends the server.
 */
import { openDatabase } from '../../db/index.ts'
import { createJobs } from '../../jobs/index.ts'
import type { ProvisioningLimits } from '../../provisioning/index.ts'
import type { SyncLimits } from '../../sync/index.ts'
import { createEngine } from './engine.ts'
import { endMyself, type SelfArm } from './end-myself.ts'

export interface WorkerOptions {
  readonly url: string
  /** Base64. */
  readonly masterKey: string
  readonly domain: string
  readonly ca: string
  readonly sync?: Partial<SyncLimits>
  readonly provisioning?: Partial<ProvisioningLimits>
  readonly arm?: SelfArm
}

process.once('message', (message) => void work(message as WorkerOptions))
process.once('disconnect', () => process.exit(0))

async function work({ url, masterKey, domain, ca, arm, ...limits }: WorkerOptions): Promise<void> {
  if (arm) endMyself(arm)
  const database = await openDatabase({ url, migrate: false })
  const { sync, provisioning, close } = createEngine({
    ...{ database, target: { domain, caPem: ca }, ...limits },
    masterKeys: [{ kid: 'k1', key: Buffer.from(masterKey, 'base64') }],
  })
  const jobs = createJobs({
    database,
    tasks: { ...sync.tasks, ...provisioning.tasks },
    wakes: [sync.wake, provisioning.wake],
    roles: ['worker'],
  })
  await jobs.start()
  process.once('SIGTERM', () => {
    void Promise.all([jobs.stop(), close()])
      .then(() => database.close())
      .then(() => process.exit(0))
  })
  process.on('message', (later) => {
    endMyself(later as SelfArm)
    process.send!('armed')
  })
  process.send!('ready')
}
