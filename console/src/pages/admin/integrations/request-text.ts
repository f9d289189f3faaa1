/** What an Auth0 administrator is asked for, as a message that needs no further question. */
export function requestText(
  domain: string,
  scopes: readonly string[],
  publicKey: string | null = null,
): string {
  const tenant = /^[a-z0-9.-]+(:\d+)?$/i.test(domain.trim()) ? domain.trim() : 'YOUR_TENANT_DOMAIN'
  const list = scopes.length > 0 ? scopes : ['(choose the scopes in Owlie first)']
  return [
    'Please create an application for Owlie in our Auth0 tenant.',
    '',
    `Tenant: ${tenant}`,
    'Application type: Machine to Machine (Applications > Applications > Create Application)',
    `API to authorize: Auth0 Management API, audience https://${tenant}/api/v2/`,
    'Permissions, exactly these:',
    ...list.map((scope) => `  ${scope}`),
    '',
    ...(publicKey === null
      ? ['Then send me the Domain and Client ID, and the Client Secret over a safe channel.']
      : [
          'It authenticates with a key, not with a secret: Credentials > Private Key JWT, with this public key (RS256):',
          ...publicKey.trim().split('\n'),
          '',
          'Then send me the Domain and Client ID. No secret is needed.',
        ]),
  ].join('\n')
}
