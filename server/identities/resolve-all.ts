import type { Connector } from '@owlie/connector-kit'
import type { TenantTx } from '../db/index.ts'
import { clip, fold } from '../model/index.ts'
import {
  type AttributeName,
  profileOf,
  type Resolved,
  resolve,
  type SourceOrder,
  type Statement,
} from './attributes.ts'
import { profilePaths, statementOf } from './statements.ts'
import { findOrder, findSpeaking } from './store-sources.ts'
import { type ResolvedRow, updateResolved } from './store.ts'

type Connectors = ReadonlyMap<string, Connector>

export interface SpokenFor {
  readonly id: string
  readonly displayName: string
  readonly manual: Readonly<Partial<Record<AttributeName, string>>>
  readonly statements: readonly Statement[]
}

/** What is said of identities, and whose word counts first. */
export async function readSpoken(
  trx: TenantTx,
  connectors: Connectors,
  ids: readonly string[],
): Promise<{ readonly spoken: readonly SpokenFor[]; readonly order: SourceOrder }> {
  const order = await findOrder(trx)
  const speaking = await findSpeaking(trx, ids, profilePaths(connectors))
  const spoken = speaking.map(({ id, displayName, manual, accounts }) => ({
    id,
    displayName,
    manual,
    statements: accounts.map((account) =>
      statementOf(account, connectors.get(order.connectors.get(account.connectionId) ?? '')),
    ),
  }))
  return { spoken, order }
}

/** Brings what is stored of identities up to what is said of them now; what is as it was costs no write. */
export async function resolveAll(
  trx: TenantTx,
  connectors: Connectors,
  ids: readonly string[],
  at: Date,
): Promise<readonly string[]> {
  if (ids.length === 0) return []
  const { spoken, order } = await readSpoken(trx, connectors, ids)
  const rows = spoken.map((each) => toRow(each, resolve(each.manual, each.statements, order)))
  return updateResolved(trx, rows, at)
}

/** An identity that nobody speaks for any more keeps the name it was last known by. */
export function toRow(
  { id, displayName }: Pick<SpokenFor, 'id' | 'displayName'>,
  resolved: readonly Resolved[],
): ResolvedRow {
  const profile = profileOf(resolved)
  const name = profile.display_name ?? displayName
  return {
    id,
    display_name: name,
    email: profile.email ?? null,
    profile,
    sort_name: clip(fold(name), 400),
    search_text: fold([name, ...Object.values(profile)].join('\n')),
  }
}
