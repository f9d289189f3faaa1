import type { Random } from '../random.ts'
import { pictureOf, type Identity, type User } from '../tenant/index.ts'
import { companies, departments, familyNames, givenNames, type Company } from './people.ts'

/** The moment the seeded state was "taken"; fixed, so that one seed gives one state on any day. */
export const seedMoment = Date.UTC(2026, 10, 1, 9, 0, 0)
const year = 365 * 86_400_000

export interface UsersPlan {
  count: number
  /** So many of them share one `created_at`. */
  sharingCreatedAt: number
  oddIds: boolean
}

/** Ids that a client must encode once, and only once. */
export const oddIds: readonly string[] = [
  'oidc|helio-oidc|sub/with/slash',
  'samlp|northwind-saml|a+b@northwind-robotics.example',
  String.raw`ad|fjord-ad|DOM\user`,
  'auth0|fifty%',
  'auth0|already%2Fencoded',
  'samlp|northwind-saml|with some spaces',
  'oidc|helio-oidc|Ærøskøbing-東京-🦉',
  'auth0|question?mark=1&more#hash',
  'auth0|quotes"\'`<>',
  'auth0|..',
  'oidc|helio-oidc|https://idp.example/users/7',
  'auth0|comma,semicolon;equals=',
]

export function seedUsers(random: Random, plan: UsersPlan): User[] {
  const moments = createdMoments(random, plan)
  const emails = new Map<string, number>()
  const users: User[] = []
  for (let index = 0; index < plan.count; index++) {
    const odd = plan.oddIds ? oddIds[index] : undefined
    const twin = users.length > 0 && random.chance(0.004) ? users[random.int(users.length)] : undefined
    users.push(onePerson(random, moments[index]!, emails, odd, twin))
  }
  return users
}

/** Growing over three years, with small bulk imports that share a millisecond, and the big one asked for. */
function createdMoments(random: Random, plan: UsersPlan): number[] {
  const start = seedMoment - 3 * year
  const step = (3 * year) / Math.max(1, plan.count)
  const moments: number[] = []
  for (let index = 0; index < plan.count; index++) {
    const repeat = index > 0 && random.chance(0.02)
    moments.push(
      repeat
        ? moments[index - 1]!
        : Math.floor(start + index * step + random.int(Math.max(1, Math.floor(step)))),
    )
  }
  const first = Math.floor((plan.count - plan.sharingCreatedAt) / 2)
  for (let index = 1; index < plan.sharingCreatedAt; index++) moments[first + index] = moments[first]!
  return moments
}

function onePerson(
  random: Random,
  created: number,
  emails: Map<string, number>,
  oddId: string | undefined,
  twin: User | undefined,
): User {
  const company = pickWeighted(random, companies, (row) => row.share)
  const given = random.pick(givenNames)
  const family = random.pick(familyNames)
  // One person with two accounts: the same address in another connection.
  const email = twin?.email ?? uniqueEmail(emails, given, family, company)
  const userId = oddId ?? newUserId(random, twin ? 'google-oauth2' : company.auth0Connection, email)
  const identity = identityOf(userId)
  const loggedIn = random.chance(0.93)
  const lastLogin = loggedIn ? lastLoginAfter(random, created) : undefined
  const name = `${given} ${family}`
  return {
    user_id: userId,
    email,
    email_verified: identity.provider !== 'auth0' || random.chance(0.94),
    name,
    nickname: email.split('@')[0]!,
    given_name: given,
    family_name: family,
    picture: pictureOf(email),
    identities: random.chance(0.01) ? [identity, linkedIdentity(random)] : [identity],
    ...claimsOf(random, identity, email),
    app_metadata: appMetadata(random, company),
    ...(random.chance(0.3)
      ? { user_metadata: { locale: random.pick(['en', 'de', 'fr', 'nb']), theme: 'dark' } }
      : {}),
    ...(random.chance(0.03) ? { blocked: random.chance(0.7) } : {}),
    created_at: new Date(created).toISOString(),
    updated_at: new Date(lastLogin ?? created).toISOString(),
    ...(lastLogin === undefined
      ? {}
      : {
          last_login: new Date(lastLogin).toISOString(),
          last_ip: `203.0.113.${random.int(254) + 1}`,
          logins_count: 1 + Math.floor(Math.abs(random.normal()) * 120),
        }),
  }
}

function lastLoginAfter(random: Random, created: number): number {
  const span = seedMoment - created
  // Most people were here lately; a tail was not.
  return Math.floor(seedMoment - span * Math.min(1, Math.abs(random.normal()) ** 2 * 0.15))
}

function uniqueEmail(emails: Map<string, number>, given: string, family: string, company: Company): string {
  const local = `${ascii(given)}.${ascii(family)}`
  const key = `${local}@${company.domain}`
  const taken = emails.get(key) ?? 0
  emails.set(key, taken + 1)
  return taken === 0 ? key : `${local}${taken + 1}@${company.domain}`
}

function ascii(name: string): string {
  return name
    .replace(/ø/g, 'o')
    .normalize('NFD')
    .replace(/[^A-Za-z]/g, '')
    .toLowerCase()
}

const hex = '0123456789abcdef'

function newUserId(random: Random, auth0Connection: string, email: string): string {
  switch (auth0Connection) {
    case 'google-oauth2':
      return `google-oauth2|1${random.id(20, '0123456789')}`
    case 'github':
      return `github|${10_000_000 + random.int(80_000_000)}`
    case 'northwind-saml':
      return `samlp|northwind-saml|${email}`
    case 'helio-oidc':
      return `oidc|helio-oidc|${random.id(22)}`
    case 'fjord-ad':
      return `ad|fjord-ad|${[8, 4, 4, 4, 12].map((length) => random.id(length, hex)).join('-')}`
    case 'email':
      return `email|${random.id(24, hex)}`
    default:
      return `auth0|${random.id(24, hex)}`
  }
}

/** `provider|connection|id` for enterprise connections, `provider|id` for the others. */
function identityOf(userId: string): Identity {
  const bar = userId.indexOf('|')
  const provider = userId.slice(0, bar)
  const rest = userId.slice(bar + 1)
  const enterprise = ['samlp', 'oidc', 'ad'].includes(provider)
  const names: Record<string, string> = { auth0: 'Username-Password-Authentication' }
  return {
    connection: enterprise ? rest.split('|')[0]! : (names[provider] ?? provider),
    user_id: provider === 'github' ? Number(rest) : rest,
    provider,
    isSocial: provider === 'google-oauth2' || provider === 'github',
  }
}

function linkedIdentity(random: Random): Identity {
  return {
    connection: 'google-oauth2',
    user_id: `2${random.id(20, '0123456789')}`,
    provider: 'google-oauth2',
    isSocial: true,
    profileData: { locale: 'en' },
  }
}

/** Enterprise connections copy claims to the root of the profile. */
function claimsOf(random: Random, identity: Identity, email: string): Record<string, unknown> {
  if (identity.provider === 'ad') {
    return {
      groups: random.chance(0.5) ? ['Domain Users', 'VPN'] : ['Domain Users'],
      upn: email,
      dn: `CN=${email},OU=People`,
    }
  }
  return identity.provider === 'samlp' ? { upn: email } : {}
}

function appMetadata(random: Random, company: Company): Record<string, unknown> {
  const [department] = pickWeighted(random, departments, (row) => row[1])
  return {
    company: company.name,
    department,
    employee_id: `E${100_000 + random.int(900_000)}`,
    ...(random.chance(0.6) ? { cost_center: String(4000 + random.int(60) * 10) } : {}),
    ...(random.chance(0.005) ? { integration_token: `tok_${random.id(24)}` } : {}),
  }
}

function pickWeighted<T>(random: Random, rows: readonly T[], weight: (row: T) => number): T {
  const total = rows.reduce((sum, row) => sum + weight(row), 0)
  let at = random.next() * total
  for (const row of rows) {
    at -= weight(row)
    if (at < 0) return row
  }
  return rows.at(-1)!
}
