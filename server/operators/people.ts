import type { Failure, Secret } from '@owlie/connector-kit'
import { record } from '../audit/index.ts'
import type { Database, SystemTx, TenantTx } from '../db/index.ts'
import { type Actor, type Refusal, refuse } from '../model/index.ts'
import { asTenant } from './as-tenant.ts'
import { passwordLength } from './auth-options.ts'
import type { AuthInside } from './auth-inside.ts'
import { countsFrom } from './counts-from.ts'
import { generatePassword, oneTimeUntil } from './one-time-password.ts'
import { lastAdmin, ownAccount, taken, unknownOperator } from './operator-failures.ts'
import type { Role } from './permissions.ts'
import {
  deleteOperator,
  deleteUser,
  endSessions,
  findOperator,
  findUser,
  insertOperator,
  lockAdmins,
  lockFirstStart,
  markCountsFrom,
  type OperatorRow,
  readOperators,
  updateRole,
} from './store.ts'

export interface NewOperator {
  readonly email: string
  readonly name: string
  readonly role: Role
  /** Without one, a password is made up and given back once; it must be changed at the first sign-in. */
  readonly password?: Secret
}

export interface CreatedOperator {
  readonly id: string
  readonly email: string
  /** Only when it was made up here. To be shown once and not kept. */
  readonly generatedPassword: Secret | null
}

export async function createOperator(
  database: Database,
  inside: AuthInside,
  by: Actor,
  input: NewOperator,
): Promise<CreatedOperator | Refusal> {
  const problems = check(input)
  if (problems.length > 0) return refuse(problems[0]!, ...problems.slice(1))
  return asTenant(database, by.tenantId, async (trx) => {
    if (await findUser(trx, input.email)) return refuse(taken)
    return insert(trx, inside, by, input, oneTimeUntil(Date.now()))
  })
}

/** Whether nobody could configure Owlie any more without this one. `admins`: those who may sign in. */
export function isLast(admins: readonly string[], id: string): boolean {
  return admins.length === 1 && admins[0] === id
}

/** Everybody's sessions of the old role end at once; the last admin stays one. */
export async function setRole(
  database: Database,
  by: Actor,
  id: string,
  role: Role,
): Promise<OperatorRow | Refusal> {
  return asTenant(database, by.tenantId, async (trx) => {
    const admins = await lockAdmins(trx)
    const operator = await findOperator(trx, id)
    if (!operator) return refuse(unknownOperator)
    if (operator.role === role) return operator
    if (isLast(admins, id)) return refuse(lastAdmin)
    await updateRole(trx, id, role)
    if (role === 'admin') await markCountsFrom(trx, id, countsFrom(by, Date.now()))
    await endSessions(trx, id)
    const subject = { kind: 'operator', id, name: operator.name }
    await record(trx, {
      actor: by,
      action: 'operator.role_changed',
      subject,
      detail: { from: operator.role, to: role },
    })
    return { ...operator, role }
  })
}

export async function removeOperator(
  database: Database,
  by: Actor,
  id: string,
): Promise<{ readonly id: string } | Refusal> {
  return asTenant(database, by.tenantId, async (trx) => {
    const admins = await lockAdmins(trx)
    const operator = await findOperator(trx, id)
    if (!operator) return refuse(unknownOperator)
    if (id === by.id) return refuse(ownAccount)
    if (isLast(admins, id)) return refuse(lastAdmin)
    await deleteOperator(trx, id)
    await deleteUser(trx, id)
    const subject = { kind: 'operator', id, name: operator.name }
    await record(trx, { actor: by, action: 'operator.removed', subject, detail: { role: operator.role } })
    return { id }
  })
}

export type FirstStart =
  { readonly created: false } | ({ readonly created: true } & CreatedOperator) | Refusal

/** Makes the first admin of the tenant when it has no operator at all. Safe when several processes start at once. */
export async function firstStart(
  database: Database,
  inside: AuthInside,
  input: { readonly tenantId: string; readonly email: string; readonly password?: Secret },
): Promise<FirstStart> {
  const by: Actor = { kind: 'system', id: 'first-start', name: 'First start', tenantId: input.tenantId }
  const admin: NewOperator = { ...input, name: 'Admin', role: 'admin' }
  return asTenant(database, input.tenantId, async (trx) => {
    await lockFirstStart(trx)
    if ((await readOperators(trx)).length > 0) return { created: false }
    const problems = check(admin)
    if (problems.length > 0) return refuse(problems[0]!, ...problems.slice(1))
    if (await findUser(trx, input.email)) return refuse(taken)
    // Printed once where Owlie runs, for whoever holds everything anyway: it may be kept.
    return { created: true, ...(await insert(trx, inside, by, admin, null)) }
  })
}

async function insert(
  trx: TenantTx & SystemTx,
  inside: AuthInside,
  by: Actor,
  input: NewOperator,
  until: Date | null,
): Promise<CreatedOperator> {
  const generatedPassword = input.password ? null : generatePassword()
  const email = input.email.trim().toLowerCase()
  const name = input.name.trim()
  const password = input.password ?? generatedPassword!
  const id = await inside.createUser(trx, { email, name, tenantId: by.tenantId, password })
  const oneTime = generatedPassword ? until : null
  await insertOperator(trx, {
    ...{ id, email, name, role: input.role, createdBy: by.name, oneTimeUntil: oneTime },
    countsFrom: countsFrom(by, Date.now()),
  })
  const subject = { kind: 'operator', id, name }
  await record(trx, { actor: by, action: 'operator.created', subject, detail: { email, role: input.role } })
  return { id, email, generatedPassword }
}

function check(input: NewOperator): Failure[] {
  const problems: Failure[] = []
  if (!/^[^\s@]+@[^\s@]+\.[^\s@.]+$/.test(input.email.trim()) || input.email.length > 320)
    problems.push(badEmail)
  if (input.name.trim() === '' || input.name.length > 200) problems.push(badName)
  const length = input.password?.reveal().length ?? passwordLength.min
  if (length < passwordLength.min || length > passwordLength.max) problems.push(badPassword)
  return problems
}

const badEmail: Failure = {
  kind: 'config',
  code: 'operator.bad_email',
  message: 'This is not an e-mail address.',
  remedy: 'Give one like name@example.com.',
  field: 'email',
}

const badName: Failure = {
  kind: 'config',
  code: 'operator.bad_name',
  message: 'An operator needs a name of 1 to 200 characters.',
  remedy: 'Give the name people know them by.',
  field: 'name',
}

const badPassword: Failure = {
  kind: 'config',
  code: 'operator.bad_password',
  message: `A password has ${passwordLength.min} to ${passwordLength.max} characters.`,
  remedy: 'Choose a longer one, for example four random words, or leave it out to have one made.',
  field: 'password',
}
