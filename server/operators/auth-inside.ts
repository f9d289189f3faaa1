import { betterAuth } from 'better-auth'
import type { Kysely } from 'kysely'
import { Secret } from '@owlie/connector-kit'
import type { SystemTx } from '../db/index.ts'
import { authOptions, type AuthSettings } from './auth-options.ts'
import type { ApiKeyScope } from './permissions.ts'

/** Writes of the sign-in library that must share a transaction with ours. */
export interface AuthInside {
  createUser(
    trx: SystemTx,
    user: {
      readonly email: string
      readonly name: string
      readonly tenantId: string
      readonly password: Secret
    },
  ): Promise<string>
  setPassword(trx: SystemTx, userId: string, password: Secret): Promise<void>
  createKey(
    trx: SystemTx,
    key: {
      readonly name: string
      readonly scopes: readonly ApiKeyScope[]
      readonly days: number | null
      readonly tenantId: string
      readonly createdBy: string
      readonly ownerId: string | null
    },
  ): Promise<{ readonly id: string; readonly key: Secret }>
}

/**
 * The library takes its database once, at construction. For these rare writes we construct it on the transaction
 * (a few milliseconds), so that it stays the owner of how passwords and keys are hashed.
 */
export function authInside(settings: Omit<AuthSettings, 'db'>): AuthInside {
  const on = (trx: SystemTx) =>
    betterAuth(authOptions({ ...settings, db: trx as unknown as Kysely<unknown> }))
  return {
    async createUser(trx, { email, name, tenantId, password }) {
      const { internalAdapter, password: hasher } = await on(trx).$context
      const user = await internalAdapter.createUser(
        { email, name, emailVerified: true, tenantId },
        { method: 'admin' },
      )
      const hash = await hasher.hash(password.reveal())
      await internalAdapter.linkAccount({
        userId: user.id,
        providerId: 'credential',
        accountId: user.id,
        password: hash,
      })
      return user.id
    },
    async setPassword(trx, userId, password) {
      const { internalAdapter, password: hasher } = await on(trx).$context
      await internalAdapter.updatePassword(userId, await hasher.hash(password.reveal()))
    },
    async createKey(trx, { name, scopes, days, tenantId, createdBy, ownerId }) {
      const made = await on(trx).api.createApiKey({
        body: {
          name,
          // Keys belong to the tenant, not to a person: they outlive the operator who made them.
          userId: tenantId,
          permissions: { owlie: [...scopes] },
          metadata: { createdBy, ownerId },
          ...(days === null ? {} : { expiresIn: days * 24 * 60 * 60 }),
        },
      })
      return { id: made.id, key: new Secret(made.key) }
    },
  }
}
