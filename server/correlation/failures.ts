import type { Failure } from '@owlie/connector-kit'

export function settingChanged(): Failure {
  return {
    kind: 'conflict',
    code: 'correlation.changed_meanwhile',
    message: 'Somebody changed this setting since you looked.',
    remedy: 'Look at it again, then save.',
  }
}
