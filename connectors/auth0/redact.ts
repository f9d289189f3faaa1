import type { Json } from '@owlie/connector-kit'

const placeholder = '[redacted]'

const wordsOfSecrets = new Set([
  'secret',
  'secrets',
  'token',
  'tokens',
  'password',
  'passwords',
  'passwd',
  'pwd',
  'passphrase',
  'passcode',
  'key',
  'keys',
  'apikey',
  'apikeys',
  'credential',
  'credentials',
  'otp',
  'totp',
  'pin',
  'cvv',
])
const partsOfSecrets = ['secret', 'token', 'password', 'passwd', 'apikey', 'privatekey', 'credential']

/**
 * Replaces what looks like a secret in free-form data. People keep API keys in metadata; an inventory is no place
 * for them. By name (`api_key`, `refreshToken`) everything below the key goes, except yes/no and null; by value,
 * what looks like a JWT or a PEM block.
 */
export function redact(value: Json): Json {
  if (typeof value === 'string') return looksSecret(value) ? placeholder : value
  if (Array.isArray(value)) return value.map((one: Json) => redact(one))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]): [string, Json] => [
      key,
      namesSecret(key) && inner !== null && typeof inner !== 'boolean' ? placeholder : redact(inner),
    ]),
  )
}

/** Only the values: for fields whose names Auth0 fixes (`last_password_reset` is a date). */
export function redactValues(value: Json): Json {
  if (typeof value === 'string') return looksSecret(value) ? placeholder : value
  if (Array.isArray(value)) return value.map((one: Json) => redactValues(one))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]): [string, Json] => [key, redactValues(inner)]),
  )
}

function namesSecret(key: string): boolean {
  // apiKey → api key, so that "monkey" and "keyboard" are not keys.
  const words = key
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
  const whole = words.join('')
  return words.some((word) => wordsOfSecrets.has(word)) || partsOfSecrets.some((part) => whole.includes(part))
}

function looksSecret(text: string): boolean {
  return /eyJ[\w-]{5,}\.eyJ[\w-]{5,}\.[\w-]*/.test(text) || /-----BEGIN [A-Z ]+-----/.test(text)
}
