import type { Actor } from './actor.ts'
import { type Refusal, refuse } from './refusal.ts'

/**
 * Why this actor cannot be one of two people, whatever the other one did; null when they can. Where two are asked for,
 * both are asked this first. Pure.
 */
export function refusalAsOneOfTwo({ kind, personId, standing }: Actor): Refusal | null {
  if (standing === 'new')
    return refuse({
      kind: 'permission',
      code: 'guard.second_person_new',
      message: 'You cannot be one of two people yet.',
      why: 'Another operator made this account, or gave it its role or a new password, less than a day ago and could be the other one.',
      remedy:
        'Wait until the day is over, or ask an admin who has been one for longer. Who is made an admin by the command on the host counts at once.',
    })
  if (kind === 'api_key' && (personId === undefined || standing === 'gone'))
    return refuse({
      kind: 'permission',
      code: 'guard.second_person_unknown',
      message: 'Nobody knows whose yes the one of this API key would be.',
      why: 'It was made on the host, or by somebody who is no admin any more, so that it could be anybody’s.',
      remedy: 'Sign in, or use a key that an admin has made at /admin/settings/api-keys.',
    })
  return null
}
