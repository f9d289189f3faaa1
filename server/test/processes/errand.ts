/**
 * A process that does one thing and may not live to tell. Its errand comes as its only IPC message; it answers with
 * the number of its writes to sockets.
 */
import { Secret } from '@owlie/connector-kit'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Connections } from '../../connections/index.ts'
import { openDatabase } from '../../db/index.ts'
import { ada, createEngine, granted } from './engine.ts'
import { countWrites, endMyself, type SelfArm } from './end-myself.ts'

export interface Errand {
  readonly url: string
  readonly does:
    | 'migrate'
    | {
        /** Base64, active first. */
        readonly masterKeys: readonly { readonly kid: string; readonly key: string }[]
        readonly domain: string
        readonly ca: string
        readonly save: Save
      }
  readonly arm: SelfArm | null
}

/** What an admin does with a credential. */
export type Save =
  | { readonly verb: 'create'; readonly name: string; readonly config: Config; readonly secret: string }
  | { readonly verb: 'edit' | 'replace'; readonly id: string; readonly secret: string }
  | { readonly verb: 'make a key'; readonly id: string }
  | { readonly verb: 'use a key'; readonly id: string; readonly keyId: string }

type Config = Readonly<Record<string, string>>

process.once('message', (message) => void run(message as Errand))

async function run({ url, does, arm }: Errand): Promise<void> {
  const writes = countWrites()
  if (arm) endMyself(arm)
  const database = await openDatabase({ url, migrate: does === 'migrate' })
  if (does !== 'migrate') {
    const target = { domain: does.domain, caPem: does.ca }
    const masterKeys = does.masterKeys.map(({ kid, key }) => ({ kid, key: Buffer.from(key, 'base64') }))
    await save(createEngine({ database, target, masterKeys }).connections, does.save)
  }
  process.send!(writes(), () => process.exit(0))
}

async function save(connections: Connections, what: Save): Promise<void> {
  const secrets: Readonly<Record<string, Secret>> =
    'secret' in what ? { clientSecret: new Secret(what.secret) } : {}
  if (what.verb === 'create') {
    const { name, config } = what
    granted(await connections.create(ada, { name, connector: 'auth0', config, secrets }))
  } else if (what.verb === 'make a key') granted(await connections.createKey(ada, { connectionId: what.id }))
  else if (what.verb === 'replace') {
    const test = granted(await connections.replaceCredential(ada, { connectionId: what.id, secrets }))
    while ((await connections.getTest(ada.tenantId, test.id))?.status === 'running') await sleep(100)
  } else {
    const { id } = what
    const { version } = (await connections.get(ada.tenantId, { id }))!
    const keyId = what.verb === 'use a key' ? what.keyId : null
    granted(await connections.update(ada, { id, version, secrets, keyId }))
  }
}
