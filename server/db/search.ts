import { type RawBuilder, sql } from 'kysely'
import { fold } from '../model/index.ts'

/**
 * Under row-level security PostgreSQL evaluates LIKE only after the policy (the operator is not leakproof), so no
 * trigram index could serve it: it is a scan of the tenant's rows, a tenth of a second for 100,000.
 */
export function searched(table: string, search: string | null | undefined): readonly RawBuilder<unknown>[] {
  const words = fold(search ?? '')
    .replaceAll('\0', '')
    .split(/\s+/)
    .filter((word) => word !== '')
    .slice(0, 8)
  return words.map((word) => {
    const pattern = `%${word.replace(/[\\%_]/g, (character) => `\\${character}`)}%`
    return sql`${sql.ref(`${table}.search_text`)} like ${pattern}`
  })
}
