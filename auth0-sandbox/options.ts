import type { CertificateKind } from './certificates.ts'
import type { BucketLimits, RateProfileName } from './rate/index.ts'

/** Switches for behaviour that is odd, or that no public source settles. The defaults are what was recorded. */
export interface Quirks {
  /** `next` on every non-empty page of organization members, the last one included (node-auth0#674). */
  trailingMemberCursor: boolean
  /** Users' total is min(real, 1000); a user's roles total is 0 past page 0; a user's organizations total is 0. */
  wrongTotals: boolean
  /** Rows with equal sort value come in another order on every request. */
  shuffledTies: boolean
  /** 100, or 50 for the variant two overview pages describe. */
  maxPageSize: number
  /** All scopes of an operation are needed; false: any one of them. */
  strictScopes: boolean
  /** More than ten members in one write are refused with 400. */
  memberBatchLimit: number
  /** A role given to a member whom the member list does not show yet is answered 404. */
  memberRoleNeedsVisibleMember: boolean
  /** How long a removed member stays in the list, in milliseconds. */
  memberRemovalLagMs: number
  /** Patching an organization's metadata replaces it; false: merges. */
  replaceOrganizationMetadata: boolean
  /** Send Retry-After with 429. */
  retryAfter: boolean
  /** Polls of a job answered `pending` or `processing` before it completes. */
  exportPolls: number
  /** Roles with `type` and `owner_id`, and organization-owned roles in the plain list. */
  organizationRoles: boolean
  /** Token lifetime in seconds. */
  tokenLifetime: number
  /** Checkpoint pages of logs in another order than time. */
  shuffledLogs: boolean
  /** Endpoints with a bucket of their own do not draw from the API-wide one. */
  ownBucketsBypassOverall: boolean
}

export const defaultQuirks: Quirks = {
  trailingMemberCursor: true,
  wrongTotals: true,
  shuffledTies: true,
  maxPageSize: 100,
  strictScopes: true,
  memberBatchLimit: 10,
  memberRoleNeedsVisibleMember: true,
  memberRemovalLagMs: 5000,
  replaceOrganizationMetadata: true,
  retryAfter: false,
  exportPolls: 2,
  organizationRoles: false,
  tokenLifetime: 86_400,
  shuffledLogs: false,
  ownBucketsBypassOverall: false,
}

/** Particular shapes to seed, on top of the believable rest. */
export interface SeedShape {
  /** One organization (`big`) with this many members. */
  bigOrganizationMembers: number
  /** This many of the users share one `created_at`. */
  usersSharingCreatedAt: number
  /** One role (`Everyone`) with this many holders. */
  bigRoleHolders: number
  /** Users whose ids hold `|`, `/`, `+`, `%`, spaces, `\` and letters beyond ASCII. */
  oddIds: boolean
  /** Mean number of members of an ordinary organization. */
  membersPerOrganization: number
  /** Enterprise groups with members and roles. */
  groups: number
}

export interface SandboxOptions {
  /** 0 takes any free port. */
  port?: number
  /** 127.0.0.1 */
  host?: string
  /** The tenant's canonical domain, in certificate, issuer and audience; `localhost:PORT`. */
  domain?: string
  /** A custom domain: tokens fetched through it carry it as issuer, the audience stays canonical. */
  customDomain?: string
  seed?: number
  /** 5000 */
  users?: number
  /** 40 */
  roles?: number
  /** 120 */
  organizations?: number
  shape?: Partial<SeedShape>
  /** Where CA, certificate and signing key are kept and found again; without it they live in memory. */
  caDirectory?: string
  /** none */
  rateProfile?: RateProfileName | BucketLimits
  /** How long the search index and member lists lag behind API writes; 2000. Direct changes never lag. */
  indexLagMs?: number
  quirks?: Partial<Quirks>
  clock?: () => number
  /** The key of `/_sandbox`; drawn at random when left out. */
  controlKey?: string
  /** A certificate with a fault, to see what a client makes of it; `valid`. */
  certificate?: CertificateKind
}
