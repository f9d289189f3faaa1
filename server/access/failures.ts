import type { Failure } from '@owlie/connector-kit'

export function accountNotFound(): Failure {
  return {
    kind: 'missing',
    code: 'access.account_not_found',
    message: 'There is no such account.',
    remedy: 'Look for it in the list of accounts.',
  }
}

export function cannotAsk(connector: string): Failure {
  return {
    kind: 'unsupported',
    code: 'access.no_permissions',
    message: `${connector} cannot be asked for the permissions of one account.`,
    remedy: 'What the syncs saw is all there is.',
  }
}
