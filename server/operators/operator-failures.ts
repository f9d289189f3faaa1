import type { Failure } from '@owlie/connector-kit'

export const taken: Failure = {
  kind: 'conflict',
  code: 'operator.exists',
  message: 'There already is an operator with this e-mail address.',
  remedy: 'Change the role of that one, or use another address.',
  field: 'email',
}

export const unknownOperator: Failure = {
  kind: 'missing',
  code: 'operator.not_found',
  message: 'There is no such operator.',
  remedy: 'Reload the list of operators.',
}

export const lastAdmin: Failure = {
  kind: 'conflict',
  code: 'operator.last_admin',
  message: 'This is the last admin; without one nobody could configure Owlie.',
  remedy: 'Make somebody else an admin first.',
}

export const ownAccount: Failure = {
  kind: 'conflict',
  code: 'operator.own_account',
  message: 'This is your own account.',
  remedy: 'Ask another admin to do it, so that nobody locks themselves out by mistake.',
}

export function noSuchAdmin(emails: readonly string[]): Failure {
  return {
    kind: 'missing',
    code: 'operator.no_such_admin',
    message: emails.length > 1 ? 'Which admin is meant?' : 'There is no such admin.',
    remedy:
      emails.length === 0
        ? 'There is none at all: start the server once, it makes the first one.'
        : `Name one of: ${emails.join(', ')}.`,
    field: 'email',
  }
}
