import type { SetupSnippet } from '@owlie/connector-kit'
import { keyName, type WantedApplication } from './wanted-application.ts'

/**
 * For the Auth0 CLI (https://auth0.github.io/auth0-cli/): `apps create` where a secret is wanted; with a key by the
 * Management API, because `apps create` cannot give one (`--auth-method` is none, Post or Basic).
 */
export function cliSnippet(wanted: WantedApplication): SetupSnippet {
  const make = wanted.publicKey === null ? withSecret(wanted) : withKey(wanted, wanted.publicKey)
  const text = [
    '#!/bin/sh',
    '# Takes the Auth0 CLI and jq. Sign in to the tenant first: auth0 login',
    'set -eu',
    `tenant='${wanted.domain}'`,
    '',
    ...make,
    '',
    'client_id=$(printf %s "$app" | jq -r .client_id)',
    'jq -n --arg client_id "$client_id" --arg audience "https://$tenant/api/v2/" \'{',
    '  client_id: $client_id,',
    '  audience: $audience,',
    '  scope: [',
    ...wanted.scopes.map((scope, at) => `    "${scope}"${at < wanted.scopes.length - 1 ? ',' : ''}`),
    '  ]',
    '}\' | auth0 api post client-grants --tenant "$tenant" --no-input >&2',
    '',
    '# What to paste into Owlie, all at once, into any field:',
    ...printed(wanted),
    '',
  ].join('\n')
  const note =
    'Run it in a shell where auth0 and jq are installed, signed in with auth0 login. It prints what to paste into Owlie.'
  return { format: 'auth0-cli', label: 'Auth0 CLI', file: 'owlie.sh', text, note }
}

function withSecret({ name, description }: WantedApplication): readonly string[] {
  return [
    'app=$(auth0 apps create --tenant "$tenant" --no-input --json --reveal-secrets \\',
    `  --name '${name}' --description '${description}' \\`,
    '  --type m2m --auth-method Post --grants credentials)',
  ]
}

function withKey({ name, description }: WantedApplication, publicKey: string): readonly string[] {
  return [
    "public_key=$(cat <<'PEM'",
    ...publicKey.split('\n'),
    'PEM',
    ')',
    'app=$(jq -n --arg pem "$public_key" \'{',
    `  name: "${name}",`,
    `  description: "${description}",`,
    '  app_type: "non_interactive",',
    '  is_first_party: true,',
    '  oidc_conformant: true,',
    '  grant_types: ["client_credentials"],',
    '  client_authentication_methods: {',
    `    private_key_jwt: { credentials: [{ credential_type: "public_key", name: "${keyName}", alg: "RS256", pem: $pem }] }`,
    '  }',
    '}\' | auth0 api post clients --tenant "$tenant" --no-input)',
  ]
}

/** In the form the setup page reads: a label, blanks, a value. */
function printed({ scopes, publicKey }: WantedApplication): readonly string[] {
  const lines = [
    'printf \'%s\\n\' "Auth0 Domain   $tenant" "Client ID      $client_id"',
    ...(publicKey === null ? ['printf %s "$app" | jq -r \'"Client Secret  \\(.client_secret)"\''] : []),
    `printf '%s\\n' 'Scopes         ${scopes.join(' ')}'`,
  ]
  return lines
}
