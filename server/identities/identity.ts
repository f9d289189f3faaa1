import type { AttributeName, Resolved } from './attributes.ts'

export type IdentityKind = 'person' | 'machine'
export type IdentityStatus = 'active' | 'disabled'
export type AccountNature = 'personal' | 'service'

/** A person or machine. Its accounts are its profiles in the targets. */
export interface Identity {
  readonly id: string
  readonly kind: IdentityKind
  readonly status: IdentityStatus
  readonly displayName: string
  readonly email: string | null
  /** What won, by attribute; see `attributes` for whence. */
  readonly profile: Readonly<Partial<Record<AttributeName, string>>>
  /** What admins have entered, by attribute. */
  readonly manual: Readonly<Partial<Record<AttributeName, string>>>
  /** Set when it was merged: it holds nothing now, and that identity answers for it. */
  readonly mergedInto: string | null
  /** Counts edits by people. */
  readonly version: number
  readonly createdAt: Date
  readonly createdBy: string
  readonly updatedAt: Date
  /** Accounts linked to it, stale ones too. */
  readonly accountCount: number
}

/** One thing that spoke for a link. */
export interface Evidence {
  /** Name of the rule. */
  readonly rule: string
  /** One sentence for people. */
  readonly sentence: string
  /** What was equal. */
  readonly value: string
}

/** Whose an account is, and who says so. */
export interface AccountLink {
  readonly accountId: string
  /** Null: an admin has said it belongs to nobody known. */
  readonly identityId: string | null
  readonly nature: AccountNature
  readonly origin: 'rule' | 'manual'
  /** Name of the rule that linked it, `created` when the identity was made from it. */
  readonly rule: string | null
  /** 0–100. */
  readonly score: number | null
  readonly evidence: readonly Evidence[]
  readonly decidedAt: Date
  readonly decidedBy: string
}

export interface IdentityMerge {
  readonly id: string
  readonly fromId: string
  readonly intoId: string
  readonly reason: string | null
  /** Accounts that moved. */
  readonly accountIds: readonly string[]
  readonly mergedAt: Date
  readonly mergedBy: string
  readonly undoneAt: Date | null
  readonly undoneBy: string | null
}

/** An attribute of one identity, with where its value comes from. */
export type ResolvedAttribute = Resolved

export interface IdentitiesInput {
  /** 1–1000. */
  readonly first: number
  readonly after?: string | null | undefined
  /** Part of the name or any value; case and accents do not count. */
  readonly search?: string | null | undefined
  readonly kind?: IdentityKind | null | undefined
  readonly status?: IdentityStatus | null | undefined
  /** Only those with an account there. */
  readonly connectionId?: string | null | undefined
  /** True: only those without any account that is present. */
  readonly withoutAccounts?: boolean | null | undefined
  /** At least so many accounts. */
  readonly minAccounts?: number | null | undefined
}

export interface Page<Node> {
  readonly nodes: readonly Node[]
  /** For `after`; null on the last page. */
  readonly next: string | null
  /** Of all pages. */
  readonly total: number
}
