import type { Connector } from '@owlie/connector-kit'
import { type RawBuilder, sql } from 'kysely'
import { type AttributeName, attributes, type Statement } from './attributes.ts'

/** Characters of one value that are read; more is no attribute of a person. */
const longestValue = 400

/** What of an account's `attributes` at these dotted paths is text, a number or a boolean, as one small JSON object. */
export function pickedSql(attributesColumn: string, paths: readonly string[]): RawBuilder<Picked> {
  if (paths.length === 0) return sql<Picked>`'{}'::jsonb`
  const column = sql.ref(attributesColumn)
  const values = paths.map((path) => {
    const parts = path.split('.')
    return sql`case when jsonb_typeof(${column} #> ${parts}::text[]) in ('string', 'number', 'boolean')
                 then left(${column} #>> ${parts}::text[], ${longestValue}) end`
  })
  return sql<Picked>`jsonb_object(${paths as string[]}::text[], array[${sql.join(values)}]::text[])`
}

export type Picked = Readonly<Record<string, string | null>>

/** Every path any connector reads identities' attributes from. */
export function profilePaths(connectors: ReadonlyMap<string, Connector>): readonly string[] {
  const profiles = [...connectors.values()].map(({ manifest }) => manifest.accountFacts?.profile ?? {})
  return [...new Set(profiles.flatMap((profile) => Object.values(profile).flat()))]
}

export interface SpeakingAccount {
  readonly accountId: string
  readonly connectionId: string
  readonly displayName: string
  readonly email: string | null
  readonly isStale: boolean
  readonly firstSeenAt: Date
  readonly picked: Picked
}

/** What an account says about its identity, by its connector's words. Pure. */
export function statementOf(account: SpeakingAccount, connector: Connector | undefined): Statement {
  const { accountId, connectionId, displayName, email, isStale, firstSeenAt, picked } = account
  const profile = connector?.manifest.accountFacts?.profile ?? {}
  const values: Partial<Record<AttributeName, string>> = {}
  for (const { name } of attributes) {
    const own = name === 'display_name' ? displayName : name === 'email' ? email : null
    const found = [own, ...(profile[name] ?? []).map((path) => picked[path])].find(
      (value) => typeof value === 'string' && value.trim() !== '',
    )
    if (found) values[name] = found.trim()
  }
  return { accountId, connectionId, isStale, firstSeenAt: firstSeenAt.getTime(), values }
}
