import type { ConfigField, Failure } from '@owlie/connector-kit'

/** The noes of this door that are not about one form field. */

export function testNotFound(): Failure {
  return {
    kind: 'missing',
    code: 'connection.test_not_found',
    message: 'There is no such test.',
    remedy: 'Start a new one; old tests are removed after a while.',
  }
}

export function unknownConnector(name: string, known: readonly string[]): Failure {
  const shown = /^[a-z][\w-]{0,40}$/.test(name) ? ` ${name}` : ' of that name'
  return {
    kind: 'unsupported',
    code: 'connection.unknown_connector',
    message: `This server has no connector${shown}.`,
    remedy: `It has: ${known.join(', ')}.`,
  }
}

export function changedElsewhere(by: string, at: Date): Failure {
  return {
    kind: 'conflict',
    code: 'connection.changed_elsewhere',
    message: `The connection was changed by ${by} at ${at.toISOString()}, after you opened it.`,
    remedy: 'Load it again, and make your change on what is there now.',
  }
}

export function nameNotConfirmed(name: string): Failure {
  return {
    kind: 'config',
    code: 'connection.name_not_confirmed',
    message: 'The name typed to confirm is not the name of this connection.',
    remedy: `Type ${name}.`,
    field: 'confirmName',
  }
}

export function otherConnector(): Failure {
  return {
    kind: 'config',
    code: 'connection.other_connector',
    message: 'A saved connection cannot be tested with another connector.',
    remedy: 'Leave the connector out, or test a draft without naming the connection.',
  }
}

export function noConnectorNamed(): Failure {
  return {
    kind: 'config',
    code: 'connection.nothing_to_test',
    message: 'Neither a saved connection nor a connector was named.',
    remedy: 'Name a connection, or a connector with its settings.',
  }
}

export function tooManyTests(most: number, now: number, notBefore: number): Failure {
  const seconds = Math.max(1, Math.ceil((notBefore - now) / 1000))
  return {
    kind: 'throttled',
    code: 'connection.test_limit',
    message: `${most} tests were started within the last minute, which is the limit.`,
    why: 'A test sends credentials; trying many in a row looks like guessing them, and Auth0 may block the address.',
    remedy: `Test again in ${seconds} s.`,
    notBefore,
  }
}

/** What a credential is called: by its field, or as the key pair in its place. */
export function credentialLabel(fields: readonly ConfigField[], secret: string): string {
  if (fields.some(({ keyPair }) => keyPair === secret)) return 'key pair'
  return fields.find(({ name }) => name === secret)?.label ?? secret
}

export function untestedCredential(fields: readonly ConfigField[], set: readonly string[]): Failure {
  const [secret = ''] = set
  const label = credentialLabel(fields, secret)
  const field = fields.find(({ name, keyPair }) => name === secret || keyPair === secret)
  return {
    kind: 'config',
    code: 'connection.untested_credential',
    message: `The new ${label} has not passed a test, and the one in use works: it stays.`,
    remedy: 'Test it first, then save. Replacing it by the button or the command does both in one step.',
    ...(field ? { field: field.name } : {}),
  }
}

export function nothingToReplace(): Failure {
  return {
    kind: 'config',
    code: 'connection.no_new_credential',
    message: 'Neither a new secret nor a key pair was given.',
    remedy: 'Give the new secret, or name the key pair that shall replace what is in use.',
  }
}
