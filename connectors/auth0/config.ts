import { checkHost, type Failure } from '@owlie/connector-kit'
import { splitScopes } from './scopes.ts'

/** Hosts that need no listing by the operator. */
export const hosts: readonly string[] = ['auth0.com']

/**
 * Checks and normalises the four fields of the setup page (the secret is not among them). Blanks around a value
 * and upper case in the domain are put right silently; everything else is refused beside its field.
 */
export function checkConfig(
  config: Readonly<Record<string, string>>,
  extraHosts: readonly string[],
): { readonly config: Readonly<Record<string, string>>; readonly failures: readonly Failure[] } {
  const domain = (config.domain ?? '').trim().toLowerCase()
  const clientId = (config.clientId ?? '').trim()
  const scopes = splitScopes(config.scopes ?? '')
  const failures = [domainFailure(domain, extraHosts), clientIdFailure(clientId), scopesFailure(scopes)]
  return {
    config: { ...config, domain: canonical(domain, extraHosts), clientId, scopes: scopes.join(' ') },
    failures: failures.filter((failure) => failure !== null),
  }
}

function canonical(domain: string, extra: readonly string[]): string {
  const verdict = checkHost(domain, { suffixes: hosts, extra })
  return 'failure' in verdict ? domain : verdict.host
}

function domainFailure(domain: string, extra: readonly string[]): Failure | null {
  const dashboard = dashboardTenant(domain)
  const verdict = checkHost(domain, { suffixes: hosts, extra })
  if (dashboard !== null)
    return {
      kind: 'config',
      code: 'domain.dashboard',
      message: 'This is the address of the Auth0 dashboard, not the tenant domain.',
      remedy: dashboard === '' ? 'Use the tenant domain, e.g. tenant.us.auth0.com.' : `Use ${dashboard}.`,
      field: 'domain',
      ...(dashboard === '' ? {} : { suggestion: dashboard }),
    }
  return 'failure' in verdict ? verdict.failure : null
}

// https://manage.auth0.com/dashboard/us/tenant/applications → tenant.us.auth0.com. The dashboard's own host lies
// below auth0.com, so without this it would pass as a tenant.
function dashboardTenant(domain: string): string | null {
  const match =
    /^(?:https?:\/\/)?manage\.auth0\.com(?:\/(?:dashboard\/([a-z0-9-]+)\/([a-z0-9-]+))?.*)?$/.exec(domain)
  if (!match) return null
  return match[1] && match[2] ? `${match[2]}.${match[1]}.auth0.com` : ''
}

function clientIdFailure(clientId: string): Failure | null {
  const refuse = (code: string, message: string): Failure => ({
    kind: 'config',
    code: `clientId.${code}`,
    message,
    remedy: 'Copy the Client ID from the Settings of the Machine to Machine application.',
    field: 'clientId',
  })
  if (clientId === '') return refuse('empty', 'The Client ID is empty.')
  if (!/^[\w.~-]{1,128}$/.test(clientId))
    return refuse('malformed', 'The Client ID contains characters that no Auth0 Client ID has.')
  return null
}

function scopesFailure(scopes: readonly string[]): Failure | null {
  if (scopes.length === 0)
    return {
      kind: 'config',
      code: 'scopes.empty',
      message: 'No scope is entered, so Owlie could not read anything.',
      remedy: 'Choose a preset, or tick what Owlie shall do.',
      field: 'scopes',
    }
  // RFC 6749: a scope token has no quotes, backslashes or control characters.
  const malformed = scopes.filter((scope) => !/^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/.test(scope))
  if (malformed.length === 0) return null
  return {
    kind: 'config',
    code: 'scopes.malformed',
    message: `${malformed.length} of the scopes contain characters a scope cannot have.`,
    remedy: 'Separate scopes by spaces, without quotes, for example read:users read:roles.',
    field: 'scopes',
  }
}
