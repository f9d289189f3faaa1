import type { Connector } from '@owlie/connector-kit'
import type { TenantTx } from '../db/index.ts'
import { resolve } from './attributes.ts'
import { resolveAll, toRow } from './resolve-all.ts'
import { profilePaths, statementOf } from './statements.ts'
import { insertRuleLinks, type RuleLink } from './store-links.ts'
import { findAccounts, findOrder } from './store-sources.ts'
import { deleteIdentities, insertIdentities } from './store.ts'

/** What rules found, to be written in the caller's transaction. */
export interface RuleDecisions {
  readonly links: readonly RuleLink[]
  /** Accounts that become identities of their own, with the ids these shall have. */
  readonly created: readonly { readonly accountId: string; readonly identityId: string }[]
  readonly at: Date
}

/** Who decides when a rule does, as shown to people. */
export const ruleActor = 'Owlie'

/**
 * Carries out what rules found, set by set. An account somebody has decided about meanwhile is left alone. Returns
 * the accounts that are linked now.
 */
export async function linkByRule(
  trx: TenantTx,
  connectors: ReadonlyMap<string, Connector>,
  { links, created, at }: RuleDecisions,
): Promise<ReadonlySet<string>> {
  await insertMade(trx, connectors, created, at)
  const own = created.map(({ accountId, identityId }) => ({
    ...{ accountId, identityId, rule: 'created', score: null, evidence: [] },
  }))
  // Those who make an identity first: others of this set may join it.
  const founders = await insertRuleLinks(trx, own, ruleActor, at)
  const joined = await insertRuleLinks(trx, links, ruleActor, at)
  const unfounded = created.filter(({ accountId }) => !founders.has(accountId))
  await deleteUnused(trx, unfounded, links)
  const grown = links.filter(({ accountId }) => joined.has(accountId)).map(({ identityId }) => identityId)
  await resolveAll(trx, connectors, [...new Set(grown)], at)
  return new Set([...founders, ...joined])
}

async function insertMade(
  trx: TenantTx,
  connectors: ReadonlyMap<string, Connector>,
  created: RuleDecisions['created'],
  at: Date,
): Promise<void> {
  if (created.length === 0) return
  const order = await findOrder(trx)
  const ids = new Map(created.map(({ accountId, identityId }) => [accountId, identityId]))
  const accounts = await findAccounts(trx, [...ids.keys()], profilePaths(connectors))
  const rows = accounts.map((account) => {
    const connector = connectors.get(order.connectors.get(account.connectionId) ?? '')
    const resolved = resolve({}, [statementOf(account, connector)], order)
    const row = toRow({ id: ids.get(account.accountId)!, displayName: account.displayName }, resolved)
    return { ...row, kind: 'person' as const, manual: {} }
  })
  await insertIdentities(trx, rows, ruleActor, at)
}

/** An identity nobody founded in the end goes again, unless somebody joined it. */
async function deleteUnused(
  trx: TenantTx,
  unfounded: RuleDecisions['created'],
  links: readonly RuleLink[],
): Promise<void> {
  const joined = new Set(links.map(({ identityId }) => identityId))
  const unused = unfounded.map(({ identityId }) => identityId).filter((id) => !joined.has(id))
  if (unused.length > 0) await deleteIdentities(trx, unused)
}
