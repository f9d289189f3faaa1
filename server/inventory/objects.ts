import type { ObjectKind } from '@owlie/connector-kit'

/** Where the objects a kind yields are kept, and by what they are known there. */
export interface ObjectTable {
  readonly name: 'account' | 'entitlement' | 'access_grant'
  /** The columns a writer sends, with their SQL types. */
  readonly columns: readonly (readonly [name: string, type: 'text' | 'jsonb'])[]
  /** The unique key within a connection. */
  readonly unique: readonly string[]
  readonly hashed: boolean
}

const account: ObjectTable = {
  name: 'account',
  columns: [
    ['external_id', 'text'],
    ['display_name', 'text'],
    ['email', 'text'],
    ['status', 'text'],
    ['attributes', 'jsonb'],
    ['sort_name', 'text'],
    ['search_text', 'text'],
  ],
  unique: ['external_id'],
  hashed: true,
}

const entitlement: ObjectTable = {
  name: 'entitlement',
  columns: [
    ['type', 'text'],
    ['external_id', 'text'],
    ['display_name', 'text'],
    ['description', 'text'],
    ['attributes', 'jsonb'],
    ['sort_name', 'text'],
    ['search_text', 'text'],
  ],
  unique: ['type', 'external_id'],
  hashed: true,
}

const grant: ObjectTable = {
  name: 'access_grant',
  columns: [
    ['entitlement_type', 'text'],
    ['entitlement_external_id', 'text'],
    ['account_external_id', 'text'],
    ['grant_type', 'text'],
  ],
  unique: ['kind', 'entitlement_external_id', 'account_external_id', 'grant_type'],
  hashed: false,
}

const tables: Readonly<Record<ObjectKind['yields'], ObjectTable>> = { account, entitlement, grant }

export function tableOf(kind: ObjectKind): ObjectTable {
  return tables[kind.yields]
}
