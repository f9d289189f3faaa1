/** One application of the sandbox tenant, as its ready message describes it. */
export interface Application {
  readonly clientId: string
  readonly clientSecret: string
  readonly scopes: readonly string[]
}

export interface Ready {
  readonly seconds: number
  readonly url: string
  /** Set on the first start only; the password is never stored in plain and never shown again. */
  readonly firstAdmin: { readonly email: string; readonly password: string | null } | null
  readonly adminEmail: string
  readonly sandboxDomain: string
  readonly sandboxPeople: number | null
  readonly full: Application
  readonly readOnly: Application
  readonly dataDirectory: string
  readonly log: string
}

/** What a person needs to go on, once everything is up. Plain text, at most 100 columns but for the scopes. */
export function readyWords(ready: Ready): string {
  const { url, sandboxDomain, full, readOnly, dataDirectory, log } = ready
  const people =
    ready.sandboxPeople === null ? '' : ` with ${ready.sandboxPeople.toLocaleString('en')} people`
  return [
    '',
    `Owlie is ready (${ready.seconds.toFixed(1)} s).`,
    '',
    `  Open      ${url}`,
    ...signIn(ready),
    '',
    `A sandbox Auth0 tenant${people} runs beside it. Connect it:`,
    `open ${url}/admin/integrations/auth0, paste, then press Test connection.`,
    '',
    ...fields(sandboxDomain, full),
    '',
    'Or read-only, with the four scopes (role holders are then skipped, and Owlie says so):',
    '',
    ...fields(sandboxDomain, readOnly),
    '',
    `Stop with Ctrl-C. Everything is kept in ${dataDirectory}; delete it to start afresh.`,
    `Log: ${log}`,
    '',
  ].join('\n')
}

function signIn({ firstAdmin, adminEmail }: Ready): string[] {
  if (firstAdmin?.password)
    return [`  Sign in   ${firstAdmin.email}`, `  Password  ${firstAdmin.password}   (shown only this once)`]
  const source = firstAdmin ? 'OWLIE_ADMIN_PASSWORD' : 'the password from the first start'
  return [`  Sign in   ${firstAdmin?.email ?? adminEmail}, with ${source}`]
}

function fields(domain: string, application: Application): string[] {
  return [
    `  Auth0 Domain   ${domain}`,
    `  Client ID      ${application.clientId}`,
    `  Client Secret  ${application.clientSecret}`,
    `  Scopes         ${application.scopes.join(' ')}`,
  ]
}
