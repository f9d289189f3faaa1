import type { Clock, Connector, Failure } from '@owlie/connector-kit'
import { record } from '../audit/index.ts'
import type { Connections } from '../connections/index.ts'
import type { Database } from '../db/index.ts'
import type { Account, Inventory } from '../inventory/index.ts'
import { type Actor, isRefusal, type Refusal, refuse } from '../model/index.ts'
import type { AccountPermissions, EffectiveAccess } from './access.ts'
import { collectFacts } from './collect-facts.ts'
import { deriveAccess } from './derive-access.ts'
import { accountNotFound, cannotAsk } from './failures.ts'
import { listUnseen } from './list-unseen.ts'

export interface AccessParts {
  readonly database: Database
  readonly connectors: ReadonlyMap<string, Connector>
  readonly connections: Connections
  readonly inventory: Inventory
  readonly clock: Pick<Clock, 'now'>
}

export interface Access {
  /** From what syncs saw; costs the target nothing. Null when there is no such account. */
  effective(tenantId: string, accountId: string): Promise<EffectiveAccess | null>
  /** Asks the target itself, now. Two who ask at once for one account are answered by one question. */
  readPermissions(actor: Actor, accountId: string): Promise<AccountPermissions | Refusal>
}

/** A person waits for it. */
const longestMs = 30_000

export function createAccess(parts: AccessParts): Access {
  const { database, inventory } = parts
  const asking = new Map<string, Promise<Asked | Refusal>>()
  /** Joined before anything is awaited, or one who looks the account up slowly would ask a second time. */
  const askedOnce = (tenantId: string, accountId: string): Promise<Asked | Refusal> => {
    const key = `${tenantId} ${accountId}`
    const known = asking.get(key) ?? ask(parts, tenantId, accountId).finally(() => asking.delete(key))
    asking.set(key, known)
    return known
  }
  return {
    async effective(tenantId, accountId) {
      const account = await inventory.account(tenantId, accountId)
      return account && effectiveOf(parts, tenantId, account)
    },
    async readPermissions(actor, accountId) {
      const asked = await askedOnce(actor.tenantId, accountId)
      if (isRefusal(asked)) return asked
      const { account, answer } = asked
      const { permissions, requests } = answer
      await database.tenant(actor.tenantId, (trx) =>
        record(trx, {
          actor,
          action: 'account.permissions_read',
          // No name: it is the account's own text, and the event outlives the account.
          subject: { kind: 'account', id: account.id },
          detail: { connectionId: account.connectionId, count: permissions.length, requests },
        }),
      )
      return answer
    },
  }
}

async function effectiveOf(
  { connections, connectors, inventory }: AccessParts,
  tenantId: string,
  { id, connectionId }: Account,
): Promise<EffectiveAccess> {
  const connection = await connections.get(tenantId, { id: connectionId })
  const kinds = connectors.get(connection?.connector ?? '')?.manifest.kinds ?? []
  const facts = await collectFacts({ inventory, tenantId, connectionId }, kinds, id)
  const counts = (await inventory.counts(tenantId, [connectionId])).get(connectionId) ?? []
  return { ...deriveAccess(facts), ...listUnseen(kinds, counts) }
}

interface Asked {
  readonly account: Account
  readonly answer: AccountPermissions
}

async function ask(
  { connections, clock, inventory }: AccessParts,
  tenantId: string,
  accountId: string,
): Promise<Asked | Refusal> {
  const account = await inventory.account(tenantId, accountId)
  if (!account) return refuse(accountNotFound())
  const signal = AbortSignal.timeout(longestMs)
  const open = await connections.openSession(tenantId, account.connectionId, { signal })
  if ('failure' in open) return refuse(open.failure)
  try {
    const { connector, session } = open
    if (!connector.permissions) return refuse(cannotAsk(connector.manifest.label))
    const result = await connector.permissions(session, account.externalId)
    if ('failure' in result) return refuse(told(result.failure))
    const { permissions } = result
    const answer = { permissions, readAt: new Date(clock.now()), requests: session.http.stats.total }
    return { account, answer }
  } finally {
    await open.close()
  }
}

/** The target knows the account no longer; the next sync will mark it. */
function told(failure: Failure): Failure {
  if (failure.kind !== 'missing') return failure
  return { ...failure, remedy: 'The account seems to be gone. Run a sync; it will be marked as stale.' }
}
