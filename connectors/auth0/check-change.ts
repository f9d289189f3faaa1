import {
  actionOf,
  type Change,
  checkShape,
  type Failure,
  type Json,
  type Observation,
  scopesOfChange,
} from '@owlie/connector-kit'
import { missingScopes } from './classify.ts'
import { passwordlessStrategy } from './looks.ts'
import { manifest } from './manifest.ts'

/**
 * Everything wrong with a change that can be known without asking Auth0. Pure. The rules about profiles:
 * https://auth0.com/docs/manage-users/user-accounts/user-profiles/root-attributes and
 * https://auth0.com/docs/api/management/v2/users/patch-users-by-id.
 */
export function checkChange(
  change: Change,
  observed: Observation | null,
  scopes: readonly string[],
): readonly Failure[] {
  const shape = checkShape(manifest, change)
  const action = actionOf(manifest, change.action)
  if (!action) return shape
  const missing = scopesOfChange(action, change).filter((scope) => !scopes.includes(scope))
  const permission = missing.length > 0 ? [missingScopes(missing, action.label.toLowerCase())] : []
  // Rules about values presuppose values of the right shape.
  return [...permission, ...(shape.length > 0 ? shape : ruleFailures(change, observed))]
}

function ruleFailures(change: Change, observed: Observation | null): readonly Failure[] {
  switch (change.action) {
    case 'user.create':
      return [...creationFailures(change), ...metadataFailures(change), ...passwordFailures(change)]
    case 'user.update':
      return [
        ...emptyFailures(change),
        ...togetherFailures(change),
        ...metadataFailures(change),
        ...passwordFailures(change),
        ...profileFailures(change, observed),
      ]
    case 'role.update':
    case 'organization.update':
      return emptyFailures(change)
    default:
      return []
  }
}

function creationFailures({ input, secrets }: Change): readonly Failure[] {
  const strategy = passwordlessStrategy(String(input.connection))
  if (strategy === 'sms' && input.phone_number === undefined)
    return [reject('auth0.phone_number_required', 'An account for SMS needs a phone number.', 'phone_number')]
  if (strategy === 'email' && input.email === undefined)
    return [reject('auth0.email_required', 'An account for e-mail codes needs an address.', 'email')]
  if (input.email === undefined && input.username === undefined && input.phone_number === undefined)
    return [
      reject(
        'auth0.no_identifier',
        'An account needs an e-mail address, a username or a phone number.',
        'email',
      ),
    ]
  if (strategy !== null && secrets?.password)
    return [reject('auth0.no_password', 'A passwordless account has no password.', 'password')]
  return []
}

function emptyFailures({ input, secrets }: Change): readonly Failure[] {
  if (Object.keys(input).length > 0 || Object.keys(secrets ?? {}).length > 0) return []
  return [reject('change.empty', 'Nothing is to be changed.', '')]
}

/** The password is no field of `input`, so the manifest's pairs do not know it. */
function togetherFailures({ input, secrets }: Change): readonly Failure[] {
  if (!secrets?.password) return []
  return ['email', 'email_verified', 'username']
    .filter((field) => field in input)
    .map((field) => ({
      ...reject('change.not_together', `Password and ${field} cannot change in one request.`, field),
      remedy: `Make two changes: one with the password, one with ${field}.`,
    }))
}

/** What of the policy holds everywhere: https://auth0.com/docs/authenticate/database-connections/password-options. */
function passwordFailures({ secrets }: Change): readonly Failure[] {
  const password = secrets?.password?.reveal()
  if (password === undefined) return []
  if (password === '') return [secretFailure('The password is empty.')]
  return Buffer.byteLength(password) > 72 ? [secretFailure('The password is longer than 72 bytes.')] : []
}

function secretFailure(message: string): Failure {
  return { ...reject('auth0.password', message, ''), field: 'secrets.password' }
}

/** https://auth0.com/docs/manage-users/user-accounts/metadata/metadata-fields-data */
const reserved = new Set([
  ...['__tenant', '_id', 'blocked', 'clientID', 'created_at', 'email_verified', 'email', 'globalClientID'],
  ...['global_client_id', 'identities', 'lastIP', 'lastLogin', 'loginsCount', 'metadata'],
  ...['multifactor_last_modified', 'multifactor', 'updated_at', 'user_id'],
])

function metadataFailures({ input }: Change): readonly Failure[] {
  const own = Object.keys((input.app_metadata ?? {}) as object).filter((key) => reserved.has(key))
  const failures = own.map((key) =>
    reject('auth0.reserved_metadata', `app_metadata.${key} is reserved for Auth0.`, `app_metadata.${key}`),
  )
  for (const field of ['user_metadata', 'app_metadata']) {
    const key = badKey(input[field])
    if (key !== null)
      failures.push(reject('auth0.metadata_key', `A key of ${field} contains . or $: ${key}`, field))
  }
  return failures
}

function badKey(value: Json | undefined): string | null {
  if (typeof value !== 'object' || value === null) return null
  for (const [key, inner] of Object.entries(value)) {
    if (!Array.isArray(value) && /[.$]/.test(key)) return key.slice(0, 60)
    const deeper = badKey(inner as Json)
    if (deeper !== null) return deeper
  }
  return null
}

const syncedAtLogin = ['name', 'given_name', 'family_name', 'nickname', 'picture']
const enterprise = new Set([
  ...[
    'ad',
    'adfs',
    'auth0-adldap',
    'custom',
    'google-apps',
    'ip',
    'office365',
    'oidc',
    'okta',
    'pingfederate',
  ],
  ...['samlp', 'sharepoint', 'waad'],
])

/** What the connection of the account's identity lets nobody change. Nothing is known of one never seen. */
function profileFailures({ input, secrets }: Change, observed: Observation | null): readonly Failure[] {
  const identity = identityOf(observed, input.connection)
  if (identity === 'absent')
    return [reject('auth0.no_such_identity', 'The account has no identity in that connection.', 'connection')]
  if (identity === null || observed?.type !== 'account') return []
  const failures: Failure[] = []
  const refuse = (code: string, message: string, field: string) =>
    failures.push(reject(`auth0.${code}`, message, field))
  const isDatabase = identity === 'auth0'
  const isPasswordless = identity === 'email' || identity === 'sms'
  const whose = `The account comes from ${identity}`
  if ('email' in input && !isDatabase && identity !== 'email')
    refuse('email_of_federated_user', `${whose}, which alone can change its e-mail address.`, 'email')
  if ('username' in input && !isDatabase)
    refuse('username_of_federated_user', `${whose}, which has no usernames of Auth0's.`, 'username')
  if ('email_verified' in input && (enterprise.has(identity) || identity === 'sms'))
    refuse('verification_not_supported', `${whose}, where addresses are not verified.`, 'email_verified')
  if (secrets?.password && !isDatabase)
    failures.push(secretFailure(`${whose}, so it has no password in Auth0.`))
  // Auth0 lifts an administrator's block when the password is set through the API:
  // https://auth0.com/docs/manage-users/user-accounts/block-and-unblock-users
  if (secrets?.password && observed.status === 'blocked')
    failures.push({
      ...secretFailure('Setting the password of a blocked account would unblock it.'),
      code: 'auth0.password_lifts_block',
      remedy: 'Unblock the account first if that is meant.',
    })
  if (!isDatabase && !isPasswordless)
    for (const field of syncedAtLogin.filter((name) => name in input))
      refuse('synced_at_login', `${whose}, which sets ${field} anew at each login.`, field)
  return failures
}

/** The provider of the identity that would be written; `absent` when the account has none in that connection. */
function identityOf(observed: Observation | null, connection: Json | undefined): string | null {
  if (observed?.type !== 'account') return null
  const { identities } = observed.attributes
  if (!Array.isArray(identities) || identities.length === 0) return null
  const all = identities as readonly { readonly provider?: Json; readonly connection?: Json }[]
  const meant = connection === undefined ? all[0] : all.find((one) => one.connection === connection)
  if (!meant) return 'absent'
  return typeof meant.provider === 'string' ? meant.provider : null
}

function reject(code: string, message: string, field: string): Failure {
  return {
    kind: 'rejected',
    code,
    message,
    remedy: 'Correct this value and submit again.',
    field: field === '' ? 'input' : `input.${field}`,
  }
}
