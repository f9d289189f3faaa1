import type { SetupSnippet } from '@owlie/connector-kit'
import { keyName, type WantedApplication } from './wanted-application.ts'

/**
 * For auth0-deploy-cli (https://github.com/auth0/auth0-deploy-cli), its YAML form. A grant names its client by name.
 * Public keys are taken from 8.40.0 on; the algorithm is Auth0's default, RS256, which the tool does not pass on.
 */
export function deploySnippet(wanted: WantedApplication): SetupSnippet {
  const text = [
    `# a0deploy import --config_file config.json --input_file owlie.yaml`,
    '# Never with AUTH0_ALLOW_DELETE=true: the tool would delete every application that is not in this file.',
    'clients:',
    `  - name: ${wanted.name}`,
    `    description: '${wanted.description}'`,
    '    app_type: non_interactive',
    '    is_first_party: true',
    '    oidc_conformant: true',
    '    grant_types:',
    '      - client_credentials',
    ...authentication(wanted.publicKey),
    'clientGrants:',
    `  - client_id: ${wanted.name}`,
    `    audience: ${wanted.audience}`,
    '    scope:',
    ...wanted.scopes.map((scope) => `      - ${scope}`),
    '',
  ].join('\n')
  const note =
    wanted.publicKey === null
      ? 'Then copy Client ID and Client Secret from the application’s Settings: the tool does not print them.'
      : 'Takes auth0-deploy-cli 8.40.0 or newer. Then copy the Client ID from the application’s Settings.'
  return { format: 'deploy-cli', label: 'Deploy CLI', file: 'owlie.yaml', text, note }
}

function authentication(publicKey: string | null): readonly string[] {
  if (publicKey === null) return ['    token_endpoint_auth_method: client_secret_post']
  return [
    '    client_authentication_methods:',
    '      private_key_jwt:',
    '        credentials:',
    `          - name: ${keyName}`,
    '            credential_type: public_key',
    '            pem: |',
    ...publicKey.split('\n').map((line) => `              ${line}`),
  ]
}
