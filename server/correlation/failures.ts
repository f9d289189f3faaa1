import type { Failure } from '@owlie/connector-kit'

export function connectionNotFound(): Failure {
  return {
    kind: 'missing',
    code: 'connection.not_found',
    message: 'There is no such connection.',
    remedy: 'Look at the list of connections; it may have been removed.',
  }
}

export function settingChanged(): Failure {
  return {
    kind: 'conflict',
    code: 'correlation.changed_meanwhile',
    message: 'Somebody changed this setting since you looked.',
    remedy: 'Look at it again, then save.',
  }
}
