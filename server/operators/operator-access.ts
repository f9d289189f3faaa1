import type { Secret } from '@owlie/connector-kit'
import { record } from '../audit/index.ts'
import type { Database, SystemTx, TenantTx } from '../db/index.ts'
import { type Actor, type Refusal, refuse } from '../model/index.ts'
import { asTenant } from './as-tenant.ts'
import type { AuthInside } from './auth-inside.ts'
import { countsFrom } from './counts-from.ts'
import { generatePassword, oneTimeUntil } from './one-time-password.ts'
import { lastAdmin, noSuchAdmin, ownAccount, unknownOperator } from './operator-failures.ts'
import { isLast } from './people.ts'
import {
  deleteSecondFactor,
  endSessions,
  findOperator,
  lockAdmins,
  markCountsFrom,
  markDisabled,
  markOneTime,
  type OperatorRow,
  readOperators,
} from './store.ts'

/** A password made up here. To be shown once and not kept. */
export interface IssuedPassword {
  readonly operator: OperatorRow
  readonly oneTimePassword: Secret
}

/** Disabled: signed out at once and not let in again, everything they did stays. The last admin cannot be. */
export async function setDisabled(
  database: Database,
  by: Actor,
  id: string,
  disabled: boolean,
): Promise<OperatorRow | Refusal> {
  return asTenant(database, by.tenantId, async (trx) => {
    const admins = await lockAdmins(trx)
    const operator = await findOperator(trx, id)
    if (!operator) return refuse(unknownOperator)
    if ((operator.disabledAt !== null) === disabled) return operator
    if (disabled && id === by.id) return refuse(ownAccount)
    if (disabled && isLast(admins, id)) return refuse(lastAdmin)
    await markDisabled(trx, id, disabled ? new Date() : null)
    if (disabled) await endSessions(trx, id)
    else await markCountsFrom(trx, id, countsFrom(by, Date.now()))
    await note(trx, by, operator, disabled ? 'operator.disabled' : 'operator.enabled', {})
    return (await findOperator(trx, id))!
  })
}

/** Somebody who forgot theirs, or lost the second factor: a new password for one sign-in, and signed out everywhere. */
export async function resetPassword(
  database: Database,
  inside: AuthInside,
  by: Actor,
  id: string,
  secondFactorToo: boolean,
): Promise<IssuedPassword | Refusal> {
  return asTenant(database, by.tenantId, async (trx) => {
    const operator = await findOperator(trx, id)
    if (!operator) return refuse(unknownOperator)
    if (id === by.id) return refuse(ownAccount)
    return reset(trx, inside, by, operator, secondFactorToo)
  })
}

/**
 * For the server's own host, when no admin gets in any more: a new one-time password for an admin, who is let in again
 * if they were disabled. Without an address, for the only admin there is.
 */
export async function recoverAdmin(
  database: Database,
  inside: AuthInside,
  by: Actor & { readonly kind: 'system' },
  input: { readonly email: string | null; readonly secondFactorToo: boolean },
): Promise<IssuedPassword | Refusal> {
  return asTenant(database, by.tenantId, async (trx) => {
    const admins = (await readOperators(trx)).filter(({ role }) => role === 'admin')
    const email = input.email?.trim().toLowerCase()
    const asked = email === undefined ? admins : admins.filter((each) => each.email === email)
    const [operator] = asked
    if (!operator || asked.length > 1) return refuse(noSuchAdmin(admins.map((each) => each.email)))
    if (operator.disabledAt) {
      await markDisabled(trx, operator.id, null)
      await note(trx, by, operator, 'operator.enabled', {})
    }
    return reset(trx, inside, by, operator, input.secondFactorToo)
  })
}

/** Signs somebody out everywhere; they can sign in again. */
export async function signOutEverywhere(
  database: Database,
  by: Actor,
  id: string,
): Promise<OperatorRow | Refusal> {
  return asTenant(database, by.tenantId, async (trx) => {
    const operator = await findOperator(trx, id)
    if (!operator) return refuse(unknownOperator)
    await endSessions(trx, id)
    await note(trx, by, operator, 'operator.sessions_ended', {})
    return operator
  })
}

async function reset(
  trx: TenantTx & SystemTx,
  inside: AuthInside,
  by: Actor,
  operator: OperatorRow,
  secondFactorToo: boolean,
): Promise<IssuedPassword> {
  const oneTimePassword = generatePassword()
  await inside.setPassword(trx, operator.id, oneTimePassword)
  await markOneTime(trx, operator.id, oneTimeUntil(Date.now()))
  await markCountsFrom(trx, operator.id, countsFrom(by, Date.now()))
  if (secondFactorToo) await deleteSecondFactor(trx, operator.id)
  await endSessions(trx, operator.id)
  const deleted = secondFactorToo ? { deleted: 'second factor' } : {}
  await note(trx, by, operator, 'operator.password_reset', deleted)
  return { operator: (await findOperator(trx, operator.id))!, oneTimePassword }
}

async function note(
  trx: TenantTx,
  actor: Actor,
  operator: OperatorRow,
  action: string,
  detail: { readonly deleted?: string },
): Promise<void> {
  const subject = { kind: 'operator', id: operator.id, name: operator.name }
  await record(trx, { actor, action, subject, detail })
}
