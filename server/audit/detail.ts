/**
 * The names a detail may use. A closed list, so that adding a field to the audit is a decision someone sees in
 * review and no record of free shape (a request body, an error) can slip in. Add a name when a feature needs it.
 */
const detailNames = [
  'accepted',
  'account',
  'address',
  'applied',
  'approvals',
  'attempt',
  'attribute',
  'changed',
  'clientId',
  'code',
  'connection',
  'connectionId',
  'connector',
  'count',
  'created',
  'cron',
  'decision',
  'deleted',
  'disabled',
  'domain',
  'durationMs',
  'email',
  'end',
  'entitlement',
  'expiresAt',
  'failed',
  'field',
  'fields',
  'from',
  'generation',
  'hash',
  'identity',
  'incrementalMinutes',
  'kid',
  'kind',
  'linked',
  'mode',
  'name',
  'objectKind',
  'operation',
  'outcome',
  'owner',
  'planHash',
  'policy',
  'rate',
  'read',
  'reason',
  'replacedBy',
  'requests',
  'review',
  'role',
  'runId',
  'scopes',
  'secretSet',
  'source',
  'stale',
  'state',
  'status',
  'step',
  'steps',
  'testId',
  'timeZone',
  'to',
  'truncated',
  'unchanged',
  'version',
] as const

type DetailName = (typeof detailNames)[number]

/** Plain values only: no objects, so nothing nested can carry what its author did not see. */
export type AuditDetail = { readonly [name in DetailName]?: string | number | boolean | null }

const known: ReadonlySet<string> = new Set(detailNames)

/** Unicode code units; enough for any name or reason, too little for a document. */
const longestText = 1000

/** Shapes of credentials: a JWT or JWE, a private key, one of our own API keys, an Authorization header, a password hash. */
const credentialShapes = [
  /eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*\./,
  /-----BEGIN [A-Z ]*PRIVATE KEY/,
  /owl_[A-Za-z]{16,}/,
  /\b(bearer|basic|owlie)\s+[A-Za-z0-9+/_=-]{16,}/i,
  /[0-9a-f]{32}:[0-9a-f]{128}/,
]

/**
 * The detail as it will be hashed and stored.
 * @throws TypeError naming the field, never its value: the caller has a defect, and its transaction must not commit.
 */
export function checkDetail(detail: AuditDetail): Record<string, string | number | boolean | null> {
  const checked: Record<string, string | number | boolean | null> = {}
  for (const [name, value] of Object.entries(detail) as [string, unknown][]) {
    if (value === undefined) continue
    if (!known.has(name)) throw new TypeError(`audit detail "${name}" is not one of the known names`)
    checked[name] = checkValue(name, value)
  }
  return checked
}

function checkValue(name: string, value: unknown): string | number | boolean | null {
  if (value === null || typeof value === 'boolean') return value
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`audit detail "${name}" is not a finite number`)
    return value
  }
  if (typeof value !== 'string') throw new TypeError(`audit detail "${name}" is not a plain value`)
  return checkText(`detail "${name}"`, value)
}

/** For doors that take text from people: what is refused here would make `record` throw. */
export function looksLikeCredential(text: string): boolean {
  return credentialShapes.some((shape) => shape.test(text))
}

/** Any text that goes into an event: no credential, no NUL (PostgreSQL has none), no endless length. */
export function checkText(where: string, text: string): string {
  if (looksLikeCredential(text)) {
    throw new TypeError(`audit ${where} looks like a credential`)
  }
  const clean = text.replaceAll('\u0000', '\uFFFD').toWellFormed()
  return clean.length <= longestText ? clean : `${clean.slice(0, longestText - 1).toWellFormed()}…`
}
