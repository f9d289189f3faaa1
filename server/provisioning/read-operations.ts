import type { Connector } from '@owlie/connector-kit'
import { fromCursor, isId, pageSize, toCursor } from '../model/index.ts'
import { inverseOf } from './inverse.ts'
import type { Item, JournalEntry, Operation, Step } from './operation.ts'
import type { ProvisioningParts } from './parts.ts'
import { present } from './present.ts'
import * as store from './store.ts'

interface Range {
  readonly after?: number
  readonly limit?: number
}

export interface OperationReaders {
  get(tenantId: string, id: string): Promise<Operation | null>
  list(
    tenantId: string,
    filter: store.ListFilter & { readonly first: number; readonly after?: string | null },
  ): Promise<{ readonly nodes: readonly Operation[]; readonly next: string | null }>
  /** Of the plan that counts, by position. */
  steps(tenantId: string, id: string, range?: Range): Promise<readonly Step[]>
  journal(tenantId: string, id: string, range?: Range): Promise<readonly JournalEntry[]>
  /** What would undo what was done, and what nothing undoes; to be submitted like any other wish. */
  inverse(
    tenantId: string,
    id: string,
  ): Promise<{ readonly items: readonly Item[]; readonly lasting: readonly string[] } | null>
}

export function operationReaders(parts: ProvisioningParts): OperationReaders {
  const { database } = parts
  const get = async (tenantId: string, id: string): Promise<Operation | null> => {
    if (!isId(id)) return null
    const [one] = await database.tenant(tenantId, async (trx) =>
      present(trx, await store.findOperations(trx, [id]), parts),
    )
    return one ?? null
  }
  return {
    get,
    async list(tenantId, { first, after, ...filter }) {
      if (filter.connectionId && !isId(filter.connectionId)) return { nodes: [], next: null }
      const size = pageSize(first)
      const place = fromCursor(after, 2) as readonly [string, string] | null
      const nodes = await database.tenant(tenantId, async (trx) =>
        present(trx, await store.listOperations(trx, filter, size + 1, place), parts),
      )
      const page = nodes.slice(0, size)
      const last = page.at(-1)
      const next = nodes.length > size && last ? toCursor([last.createdAt.toISOString(), last.id]) : null
      return { nodes: page, next }
    },
    steps: async (tenantId, id, range) => {
      if (!isId(id)) return []
      return database.tenant(tenantId, async (trx) => {
        const [row] = await store.findOperations(trx, [id])
        return row ? store.listSteps(trx, id, row.planNumber, range) : []
      })
    },
    journal: async (tenantId, id, range) =>
      isId(id) ? database.tenant(tenantId, (trx) => store.listJournal(trx, id, range)) : [],
    inverse: async (tenantId, id) => {
      const connector = isId(id) ? await connectorOf(parts, tenantId, id) : null
      if (!connector) return null
      return inverseOf(connector.manifest, await database.tenant(tenantId, (trx) => store.listDone(trx, id)))
    },
  }
}

/** The connector behind an operation; null when there is no such operation, or its connection is gone. */
export async function connectorOf(
  { database, connections, connectors }: ProvisioningParts,
  tenantId: string,
  operationId: string,
): Promise<Connector | null> {
  const [row] = await database.tenant(tenantId, (trx) => store.findOperations(trx, [operationId]))
  const connection = row && (await connections.get(tenantId, { id: row.connectionId }))
  return (connection && connectors.get(connection.connector)) ?? null
}
