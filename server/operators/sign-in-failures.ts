import type { Failure } from '@owlie/connector-kit'
import { passwordLength } from './auth-options.ts'

/** Every no of the sign-in and of one's own account. */

export const refused: Failure = {
  kind: 'credential',
  code: 'sign_in.refused',
  message: 'The e-mail address or the password is not right.',
  remedy: 'Check both and try again. An admin can set a new password for you.',
}

export function tooMany(seconds: number): Failure {
  const wait = seconds < 90 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`
  return {
    kind: 'throttled',
    code: 'sign_in.too_many_attempts',
    message: 'Too many attempts.',
    remedy: `Try again in ${wait}.`,
  }
}

export const notThere: Failure = {
  kind: 'missing',
  code: 'request.not_found',
  message: 'There is nothing here.',
  remedy: 'Sign in at the address the server prints.',
}

export const tooLong: Failure = {
  kind: 'rejected',
  code: 'request.too_large',
  message: 'The request is larger than any sign-in needs.',
  remedy: 'Send only the fields asked for.',
}

export const broken: Failure = {
  kind: 'defect',
  code: 'sign_in.broken',
  message: 'Signing in failed inside Owlie.',
  remedy: 'Try again; if it stays, look at the server log.',
}

export const disabled: Failure = {
  kind: 'credential',
  code: 'sign_in.disabled',
  message: 'This account is disabled.',
  remedy: 'Ask an admin to enable it again.',
}

export const oneTimeOver: Failure = {
  kind: 'credential',
  code: 'sign_in.one_time_over',
  message: 'This one-time password was not used in time.',
  remedy: 'Ask an admin to reset your password.',
}

export const samePassword: Failure = {
  kind: 'config',
  code: 'account.same_password',
  message: 'The new password is the old one.',
  remedy: 'Choose another one.',
  field: 'newPassword',
}

const wrongPassword: Failure = {
  kind: 'credential',
  code: 'account.wrong_password',
  message: 'The current password is not right.',
  remedy: 'Type it again.',
  field: 'currentPassword',
}

const wrongCode: Failure = {
  kind: 'credential',
  code: 'account.wrong_code',
  message: 'The code is not right, or too old.',
  remedy: 'Type the code the authenticator app shows now; if it stays wrong, check the clock of the phone.',
  field: 'code',
}

const passwordTooWeak: Failure = {
  kind: 'config',
  code: 'operator.bad_password',
  message: `A password has ${passwordLength.min} to ${passwordLength.max} characters.`,
  remedy: 'Choose a longer one, for example four random words.',
  field: 'newPassword',
}

const locked: Failure = {
  kind: 'throttled',
  code: 'account.locked',
  message: 'Too many wrong codes.',
  remedy: 'Wait a quarter of an hour, or ask an admin to reset your password and the second factor.',
}

const startAgain: Failure = {
  kind: 'credential',
  code: 'sign_in.start_again',
  message: 'This sign-in took too long.',
  remedy: 'Begin again with the password.',
}

const refusedElse: Failure = {
  kind: 'rejected',
  code: 'account.refused',
  message: 'This could not be done.',
  remedy: 'Sign in again and try once more.',
}

const byCode: Readonly<Record<string, Failure>> = {
  INVALID_PASSWORD: wrongPassword,
  INVALID_CODE: wrongCode,
  INVALID_BACKUP_CODE: wrongCode,
  PASSWORD_TOO_SHORT: passwordTooWeak,
  PASSWORD_TOO_LONG: passwordTooWeak,
  ACCOUNT_TEMPORARILY_LOCKED: locked,
  TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE: locked,
  INVALID_TWO_FACTOR_COOKIE: startAgain,
}

/** The sign-in library's code in our words. */
export function refusalOfCode(code: string): Failure {
  return byCode[code] ?? refusedElse
}
