/**
 * A server process with nothing but its workers, for tests that kill it. Its configuration comes as its only IPC
 * message; it says `ready` when it works.
 */
import { auth0 } from '@owlie/connector-auth0'
import { systemClock } from '@owlie/connector-kit'
import { createConnections } from '../../connections/index.ts'
import { openDatabase } from '../../db/index.ts'
import { armFailPoints, type FailPoint } from '../../fail-point.ts'
import { createGuard } from '../../guard/index.ts'
import { createInventory } from '../../inventory/index.ts'
import { createJobs } from '../../jobs/index.ts'
import { createKeyring } from '../../secrets/index.ts'
import { createSync, type SyncLimits } from '../index.ts'

export interface ChildOptions {
  readonly url: string
  readonly masterKey: string
  readonly domain: string
  readonly ca: string
  readonly limits?: Partial<SyncLimits>
  /** Ends itself as `kill -9` does, at the nth time it comes by this point. */
  readonly arm?: { readonly at: FailPoint; readonly nth: number }
}

process.once('message', (message) => void work(message as ChildOptions))
process.once('disconnect', () => process.exit(0))

async function work({ url, masterKey, domain, ca, limits, arm }: ChildOptions): Promise<void> {
  if (arm) armFor(arm)
  const database = await openDatabase({ url, migrate: false })
  const connectors = new Map([[auth0.manifest.name, auth0]])
  const connections = createConnections({
    ...{ database, connectors, clock: systemClock },
    keyring: createKeyring([{ kid: 'k1', key: Buffer.from(masterKey, 'base64') }]),
    hostPolicy: { extra: [domain] },
    ca: [ca],
  })
  const inventory = createInventory({ database, connectors, clock: systemClock })
  const guard = createGuard({ database, clock: systemClock })
  const sync = createSync({
    ...{ database, connectors, connections, inventory, guard, clock: systemClock },
    ...(limits ? { limits } : {}),
  })
  const jobs = createJobs({ database, tasks: sync.tasks, wakes: [sync.wake], roles: ['worker'] })
  await jobs.start()
  process.send!('ready')
}

function armFor({ at, nth }: NonNullable<ChildOptions['arm']>): void {
  let left = nth
  armFailPoints((point) => {
    if (point === at && --left === 0) process.kill(process.pid, 'SIGKILL')
  })
}
