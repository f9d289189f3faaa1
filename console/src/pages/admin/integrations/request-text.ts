/** What an Auth0 administrator is asked for, as a message that needs no further question. */
export function requestText(domain: string, scopes: readonly string[]): string {
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
    'Then send me the Domain and Client ID, and the Client Secret over a safe channel.',
  ].join('\n')
}
