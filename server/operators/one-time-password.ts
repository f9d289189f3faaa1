import { randomInt } from 'node:crypto'
import { Secret } from '@owlie/connector-kit'

/** How long a password that was made up here opens the door, to set one's own. */
const validDays = 7

export function oneTimeUntil(now: number): Date {
  return new Date(now + validDays * 24 * 60 * 60_000)
}

/** 24 letters and digits that cannot be mistaken for each other, in groups: 117 bits. */
export function generatePassword(): Secret {
  const letters = 'abcdefghijkmnpqrstuvwxyz23456789'
  const group = () => Array.from({ length: 6 }, () => letters[randomInt(letters.length)]).join('')
  return new Secret([group(), group(), group(), group()].join('-'))
}
