import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import type { Failure } from './failure.ts'

export interface HostPolicy {
  /** A host is allowed when it lies below one of these, e.g. `auth0.com` allows `tenant.us.auth0.com`. */
  readonly suffixes: readonly string[]
  /** Hosts an operator listed, each exactly `host` or `host:port`. Only these may have a private address. */
  readonly extra: readonly string[]
}

export type HostVerdict =
  | {
      /** What goes into a URL after `https://`: `host` or, for listed hosts only, `host:port`. */
      readonly host: string
      readonly hostname: string
      readonly port: number
      /** The operator listed it, so its address may be private. */
      readonly listed: boolean
    }
  | { readonly failure: Failure }

/**
 * Is this a bare host name we may talk to? Pure: no request, no name resolution.
 *
 * The same function judges what was typed and what is about to be requested, so that nothing can be read one way
 * and used another. Everything but a plain, allowed name is refused with a `Failure` for the field `domain`, with
 * the corrected value as `suggestion` where there is one.
 */
export function checkHost(input: string, policy: HostPolicy): HostVerdict {
  const fault = faultOf(input, policy)
  if (fault === null) return split(input, isListed(input, policy))
  const suggestion = meant(input).find((each) => each !== input && faultOf(each, policy) === null)
  const remedy = suggestion
    ? `Use ${suggestion}.`
    : (fault.remedy ?? 'Enter the bare tenant domain, for example tenant.us.auth0.com.')
  return {
    failure: {
      kind: 'config',
      code: `domain.${fault.code}`,
      message: fault.message,
      remedy,
      field: 'domain',
      ...(suggestion ? { suggestion } : {}),
    },
  }
}

interface Fault {
  readonly code: string
  readonly message: string
  readonly remedy?: string
}

/** The first thing wrong with this spelling, or null. */
function faultOf(input: string, policy: HostPolicy): Fault | null {
  if (input === '') return { code: 'empty', message: 'The domain is empty.' }
  if (isListed(input, policy)) return null
  return shapeFault(input) ?? nameFault(input) ?? policyFault(input, policy)
}

// Anything with a separator of a URL in it is not a bare host. The order decides which sentence is shown.
function shapeFault(input: string): Fault | null {
  // eslint-disable-next-line no-control-regex
  if (/[\s\u0000-\u001f\u007f\u200b-\u200f\u2060\ufeff]/u.test(input))
    return { code: 'whitespace', message: 'The domain contains spaces or invisible characters.' }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(input) || input.startsWith('//'))
    return { code: 'scheme', message: 'The domain must be written without https://.' }
  if (input.includes('@'))
    return { code: 'user_info', message: 'The domain must not contain a user name or @.' }
  if (/[/\\]/.test(input)) return { code: 'path', message: 'The domain must not contain a path.' }
  if (/[?#]/.test(input))
    return { code: 'query', message: 'The domain must not contain a query or fragment.' }
  if (input.startsWith('[') || input.split(':').length > 2) return ipFault
  if (input.includes(':'))
    return { code: 'port', message: 'The domain must be written without a port.', remedy: listRemedy }
  return null
}

const listRemedy =
  'Use the bare tenant domain. A host with a port works only if the operator listed exactly this host and port in OWLIE_AUTH0_HOSTS.'

const ipFault: Fault = { code: 'ip_address', message: 'An IP address is not a tenant domain.' }

function nameFault(input: string): Fault | null {
  if (input.length > 253) return { code: 'too_long', message: 'The domain is longer than 253 characters.' }
  // eslint-disable-next-line no-control-regex
  if (/[^\u0000-\u007f]/.test(input)) {
    const ascii = domainToASCII(input)
    return {
      code: 'not_ascii',
      message: `The domain contains letters outside a–z${ascii === '' ? '' : `; it would really be ${ascii}`}.`,
    }
  }
  if (input.endsWith('.')) return { code: 'trailing_dot', message: 'The domain must not end with a dot.' }
  if (isIpSpelling(input)) return ipFault
  if (input !== input.toLowerCase())
    return { code: 'upper_case', message: 'The domain must be in lower case.' }
  const labels = input.split('.')
  if (labels.some((label) => label.startsWith('xn--')))
    return { code: 'punycode', message: 'The domain contains an encoded international name (xn--).' }
  if (labels.some((label) => !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label)))
    return { code: 'malformed', message: 'This is not a valid host name.' }
  return null
}

function policyFault(input: string, policy: HostPolicy): Fault | null {
  if (policy.suffixes.some((suffix) => input.endsWith(`.${suffix}`))) return null
  return {
    code: 'not_allowed',
    message: `${input} is not below ${policy.suffixes.join(' or ')}, and the operator has not listed it.`,
    remedy:
      'Use the canonical tenant domain, not a custom domain. For a private or custom host, the operator lists it in OWLIE_AUTH0_HOSTS.',
  }
}

// 2130706433, 0x7f.1, 017700000001 and the like: the WHATWG parser resolves every spelling of an IPv4 address, and
// refuses a name whose last label is a number.
function isIpSpelling(input: string): boolean {
  if (/(^|\.)(0x[0-9a-f]*|\d+)\.?$/i.test(input)) return true
  try {
    return isIP(new URL(`https://${input}/`).hostname) !== 0
  } catch {
    return false
  }
}

/**
 * What a person most likely meant, likeliest first: scheme, user-info, path, dot, case and blanks removed; with the
 * port, which is right for a listed host, and without it.
 */
function meant(input: string): readonly string[] {
  const trimmed = input.replace(/[\s\u200b-\u200f\u2060\ufeff]/gu, '').toLowerCase()
  const host = trimmed
    .replace(/^([a-z][a-z0-9+.-]*:)?\/*/, (match) => (match.includes('/') ? '' : match))
    .replace(/[/\\?#].*$/s, '')
    .replace(/^.*@/, '')
  return [host, host.replace(/:\d*$/, '').replace(/\.+$/, '')]
}

// 443 is what https means anyway: `host` and `host:443` are the same entry.
function isListed(input: string, policy: HostPolicy): boolean {
  return policy.extra.some((entry) => withoutDefaultPort(entry) === withoutDefaultPort(input))
}

function withoutDefaultPort(host: string): string {
  return host.replace(/:443$/, '')
}

function split(input: string, listed: boolean): HostVerdict {
  const host = withoutDefaultPort(input)
  const match = /^(.*?)(?::(\d{1,5}))?$/s.exec(host)
  const hostname = match?.[1] ?? host
  const port = match?.[2] === undefined ? 443 : Number(match[2])
  return { host, hostname, port, listed }
}
