import { systemClock } from '@owlie/connector-kit'
import { createIdentities, type AccountLink, type Identities } from '../../identities/index.ts'
import { type AccountSeed, addConnection, connectors, putAccounts } from '../../identities/test/people.ts'
import { isRefusal, type Refusal } from '../../model/index.ts'
import { testDatabase, type TestDatabase } from '../../test/database.ts'
import { type Correlation, createCorrelation, enqueuePass } from '../index.ts'

export const verified = { email_verified: true }

/** A tenant with a connection to Auth0 and, younger, one to a directory of staff. */
export interface Tenant {
  readonly database: TestDatabase
  readonly identities: Identities
  readonly correlation: Correlation
  readonly auth0: string
  readonly staff: string
  /** Accounts as a sync leaves them; ids by external id. */
  put(connectionId: string, ...seeds: readonly AccountSeed[]): Promise<ReadonlyMap<string, string>>
  /** What the job does after a sync. */
  pass(signal?: AbortSignal): Promise<void>
  linkOf(accountId: string | undefined): Promise<AccountLink | undefined>
  /** What waits for an account; null when nothing does. */
  queued(
    accountId: string | undefined,
  ): Promise<readonly { readonly identityId: string; readonly rule: string }[] | null>
}

export async function openTenant(): Promise<Tenant> {
  const database = await testDatabase()
  const parts = { database, connectors, clock: systemClock }
  const identities = createIdentities({ ...parts, onChange: enqueuePass })
  const correlation = createCorrelation({ ...parts, identities })
  const [auth0, staff] = await database.tenant('default', async (trx) => [
    await addConnection(trx, 'Auth0', 'auth0'),
    await addConnection(trx, 'Staff', 'staff'),
  ])
  return {
    ...{ database, identities, correlation, auth0: auth0!, staff: staff! },
    put: (connectionId, ...seeds) =>
      database.tenant('default', (trx) => putAccounts(trx, connectionId, seeds)),
    pass: (signal = new AbortController().signal) =>
      correlation.tasks['correlation.pass']!(
        { tenantId: 'default' },
        { signal, processId: 'test', attempt: 1 },
      ),
    linkOf: async (accountId) => (await identities.linksByAccount('default', [accountId!])).get(accountId!),
    queued: async (accountId) => {
      const item = await correlation.queueItem('default', accountId!)
      return item?.candidates.map(({ identityId, rule }) => ({ identityId, rule })) ?? null
    },
  }
}

/** The value, or an error that shows why it was refused. */
export function granted<T extends object>(value: T | Refusal): T {
  if (isRefusal(value)) throw new Error(JSON.stringify(value.refused))
  return value
}
