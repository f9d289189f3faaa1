/** The four values of the setup page, as far as a text holds them. */
export interface PastedValues {
  readonly domain?: string
  readonly clientId?: string
  readonly clientSecret?: string
  readonly scopes?: string
}

const names: Readonly<Record<string, keyof PastedValues>> = {
  domain: 'domain',
  tenant: 'domain',
  tenantdomain: 'domain',
  issuerbaseurl: 'domain',
  issuer: 'domain',
  clientid: 'clientId',
  clientsecret: 'clientSecret',
  scope: 'scopes',
  scopes: 'scopes',
}

/**
 * Reads a block of .env lines, a JSON object or a list of labels and values, as Auth0's own examples have them (`AUTH0_CLIENT_ID=…`,
 * `"client_id": …`). Null unless at least two of the values are in it, so that a plain value is never taken for one.
 */
export function readPasted(text: string): PastedValues | null {
  const pairs = fromJson(text) ?? [...fromEnv(text), ...fromTable(text)]
  const found: Record<string, string> = {}
  let audience: string | null = null
  for (const [name, value] of pairs) {
    const known = names[plain(name)]
    if (plain(name) === 'audience') audience = value
    if (known && value !== '') found[known] ??= known === 'domain' ? bare(value) : value
  }
  // The token request of Auth0's examples names the tenant only in its audience.
  if (!found['domain'] && audience && /^https:\/\/[^/]+\/api\/v2\/?$/.test(audience))
    found['domain'] = bare(audience)
  return Object.keys(found).length >= 2 ? (found as PastedValues) : null
}

function plain(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '')
    .replace(/^(owlie)?(auth0)?(management|mgmt)?(api)?/, '')
}

function bare(value: string): string {
  return value.replace(/^https?:\/\//i, '').replace(/\/.*$/, '')
}

function fromJson(text: string): readonly (readonly [string, string])[] | null {
  const from = text.indexOf('{')
  const to = text.lastIndexOf('}')
  if (from === -1 || to <= from) return null
  let value: unknown
  try {
    value = JSON.parse(text.slice(from, to + 1))
  } catch {
    return null
  }
  return Object.entries(value as object).flatMap(([name, each]) => {
    if (typeof each === 'string') return [[name, each.trim()] as const]
    if (Array.isArray(each) && each.every((item) => typeof item === 'string'))
      return [[name, each.join(' ')] as const]
    return []
  })
}

function fromEnv(text: string): readonly (readonly [string, string])[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const match = /^\s*(?:export\s+)?([A-Za-z][\w.-]*)\s*[=:]\s*(.*?)\s*,?\s*$/.exec(line)
    return match ? [[match[1]!, unquote(match[2]!)] as const] : []
  })
}

/** `Client ID      abc`: a label, at least two blanks or a tab, a value; as `npm start` prints them. */
function fromTable(text: string): readonly (readonly [string, string])[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const match = /^\s*((?:Auth0 )?[A-Z][A-Za-z]+(?: [A-Z][A-Za-z]+)?)(?: {2,}|\t+)(\S.*?)\s*$/.exec(line)
    return match ? [[match[1]!, match[2]!] as const] : []
  })
}

function unquote(value: string): string {
  const quoted = /^(["'])(.*)\1$/.exec(value)
  return (quoted ? quoted[2]! : value.replace(/\s+#.*$/, '')).trim()
}
