const dangerous: Readonly<Record<string, string>> = {
  'read:user_idp_tokens': "exposes users' access tokens at other identity providers",
  'read:client_keys': 'exposes the secrets of your other applications',
  'update:client_keys': 'replaces the secrets of your other applications',
  'create:client_credentials': 'adds credentials to your other applications',
  'create:client_grants': 'lets this application give itself any other permission',
  'update:client_grants': 'lets this application give itself any other permission',
  'create:user_tickets': "makes password-change links and so takes over anyone's account",
  'create:guardian_enrollment_tickets': "enrols a second factor of its own on anyone's account",
  'create:authentication_methods': "adds a sign-in method of its own to anyone's account",
  'create:actions': 'runs its own code in every sign-in',
  'update:actions': 'runs its own code in every sign-in',
  'create:rules': 'runs its own code in every sign-in',
  'update:rules': 'runs its own code in every sign-in',
  'create:signing_keys': 'changes the keys that sign every token',
  'update:signing_keys': 'changes the keys that sign every token',
}

/** Reading these shows credentials of other systems. */
const secretBearing =
  /^read:(.*keys|connections|custom_signing_keys|email_provider|phone_providers|log_streams|rules_configs|hooks|actions|event_streams|flows_vault_connections|scim_token|device_credentials|federated_connections_tokens)$/

const weightOfVerb: Readonly<Record<string, number>> = { read: 1, create: 5, update: 6, delete: 8 }

/** How much damage one permission could do in wrong hands, beside `read:users` as 1. Null: it opens everything else. */
export function weightOf(scope: string): number | null {
  if (dangerous[scope] !== undefined) return null
  if (secretBearing.test(scope)) return 8
  return weightOfVerb[scope.split(':')[0]!] ?? 4
}

export function dangerousAmong(scopes: readonly string[]) {
  return scopes.flatMap((scope) => {
    const reason = dangerous[scope]
    return reason === undefined ? [] : [{ scope, reason }]
  })
}
