/** The tables of 0020: identities, and what finds out whose an account is. */
import type { ColumnType, Generated } from 'kysely'

export interface IdentityTable {
  id: Generated<string>
  tenant_id: Generated<string>
  kind: 'person' | 'machine'
  status: 'active' | 'disabled'
  /** Attribute → text, written as JSON text. */
  manual: ColumnType<Readonly<Record<string, string>>, string | undefined, string>
  display_name: string
  email: string | null
  profile: ColumnType<Readonly<Record<string, string>>, string, string>
  sort_name: string
  search_text: string
  merged_into: string | null
  version: Generated<number>
  created_at: Date
  created_by: string
  updated_at: Date
}

export interface IdentityKeyTable {
  tenant_id: Generated<string>
  identity_id: string
  space: string
  value: string
}

export interface IdentityAccountTable {
  account_id: string
  tenant_id: Generated<string>
  identity_id: string | null
  nature: Generated<'personal' | 'service'>
  origin: 'rule' | 'manual'
  rule: string | null
  score: number | null
  evidence: ColumnType<unknown, string | undefined, string>
  decided_at: Date
  decided_by: string
}

export interface IdentityApartTable {
  tenant_id: Generated<string>
  account_id: string
  identity_id: string
  decided_at: Date
  decided_by: string
}

export interface IdentityMergeTable {
  id: Generated<string>
  tenant_id: Generated<string>
  from_id: string
  into_id: string
  reason: string | null
  before: ColumnType<unknown, string, string>
  merged_at: Date
  merged_by: string
  undone_at: Date | null
  undone_by: string | null
}

export interface AttributeSourceTable {
  tenant_id: Generated<string>
  attribute: string
  sources: ColumnType<readonly string[], string, string>
  version: Generated<number>
  updated_at: Date
  updated_by: string
}

export interface CorrelationSettingTable {
  connection_id: string
  tenant_id: Generated<string>
  create_identities: boolean
  email_trust: 'attribute' | 'always' | 'never'
  /** `[{ space, path, trusted }]` */
  keys: ColumnType<unknown, string, string>
  version: number
  updated_at: Date
  updated_by: string
}

export interface CorrelationAccountTable {
  account_id: string
  tenant_id: Generated<string>
  content_hash: Buffer
  is_stale: boolean
  setting_version: number
  outcome: 'pending' | 'linked' | 'review' | 'orphan'
  considered_at: Date
}

export interface CorrelationKeyTable {
  tenant_id: Generated<string>
  account_id: string
  space: string
  value: string
  trusted: boolean
}

export interface CorrelationCandidateTable {
  tenant_id: Generated<string>
  account_id: string
  identity_id: string
  rule: string
  score: number
  evidence: ColumnType<unknown, string, string>
  found_at: Date
}

export interface IdentityTables {
  identity: IdentityTable
  identity_key: IdentityKeyTable
  identity_account: IdentityAccountTable
  identity_apart: IdentityApartTable
  identity_merge: IdentityMergeTable
  attribute_source: AttributeSourceTable
  correlation_setting: CorrelationSettingTable
  correlation_account: CorrelationAccountTable
  correlation_key: CorrelationKeyTable
  correlation_candidate: CorrelationCandidateTable
}
