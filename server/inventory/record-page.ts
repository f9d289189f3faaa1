import { sql } from 'kysely'
import type { TenantTx } from '../db/index.ts'
import type { PageToRecord, Recorded } from './inventory.ts'
import { prepare, type Prepared, type Quarantined } from './prepare.ts'
import { findKnown, findNamed, insertObjects, insertPage, type Known, updateObjects } from './store-record.ts'

type Change = 'created' | 'changed' | 'unchanged'

/** What a page does to the inventory, decided from the hashes alone. Pure. */
export function compare(
  rows: readonly Prepared[],
  known: ReadonlyMap<string, Known>,
  versionName?: string,
): {
  readonly toInsert: readonly Prepared[]
  readonly toUpdate: readonly Prepared[]
  readonly counts: Readonly<Record<Change, number>>
} {
  const toInsert: Prepared[] = []
  const toUpdate: Prepared[] = []
  const counts = { created: 0, changed: 0, unchanged: 0 }
  for (const row of rows) {
    const before = known.get(row.key)
    if (!before) {
      toInsert.push(row)
      counts.created += 1
      continue
    }
    const differs = before.isMissed || (before.hash !== row.hash && !isOlder(row, before, versionName))
    if (differs) toUpdate.push(row)
    // An object this run has already counted as created or changed is not counted again.
    if (!before.isTouched) counts[differs ? 'changed' : 'unchanged'] += 1
  }
  return { toInsert, toUpdate, counts }
}

/** A list that lags shows what was before what is known. */
function isOlder({ columns }: Prepared, { version }: Known, name: string | undefined): boolean {
  if (name === undefined || version === null) return false
  const seen = (columns.attributes as Readonly<Record<string, unknown>> | undefined)?.[name]
  return typeof seen === 'string' && seen < version
}

/** See `Recording.recordPage`. */
export async function recordPage(trx: TenantTx, page: PageToRecord, careful = false): Promise<Recorded> {
  const { seen, ...recorded } = await storeObservations(trx, page, careful)
  await insertPage(trx, { ...page, seen, vanished: false })
  return recorded
}

/** Writes what is new or changed, and says which rows were meant. */
export async function storeObservations(
  trx: TenantTx,
  page: Omit<PageToRecord, 'sequence'>,
  careful: boolean,
): Promise<Recorded & { readonly seen: readonly string[] }> {
  const { rows, quarantined } = prepare(page.kind, page.observations, page.container)
  const bad: Quarantined[] = [...page.quarantined, ...quarantined]
  const known = rows.length > 0 ? await findKnown(trx, page, rows) : new Map<string, Known>()
  const { toInsert, toUpdate, counts } = compare(rows, known, page.kind.version)
  const refused = new Set<string>()
  const write = async (list: readonly Prepared[], how: (rows: readonly Prepared[]) => Promise<unknown>) => {
    if (list.length === 0) return
    if (!careful) return void (await how(list))
    for (const row of list) {
      const reason = await attempt(trx, () => how([row]))
      if (reason === null) continue
      refused.add(row.key)
      bad.push({ id: nameOf(row), reason })
    }
  }
  const inserted: string[] = []
  await write(toInsert, async (list) => inserted.push(...(await insertObjects(trx, page, list))))
  await write(toUpdate, (list) => updateObjects(trx, page, list))
  const named = bad.flatMap(({ id }) => (id === null ? [] : [id]))
  const seen = [
    ...[...known.values()].map(({ id }) => id),
    ...inserted,
    ...(named.length > 0 ? await findNamed(trx, page, page.container, named) : []),
  ]
  return { seen, ...withoutRefused(counts, toInsert, toUpdate, refused), quarantined: bad }
}

function withoutRefused(
  counts: Readonly<Record<Change, number>>,
  toInsert: readonly Prepared[],
  toUpdate: readonly Prepared[],
  refused: ReadonlySet<string>,
): Record<Change, number> {
  const count = (rows: readonly Prepared[]) => rows.filter(({ key }) => refused.has(key)).length
  return {
    created: counts.created - count(toInsert),
    changed: Math.max(0, counts.changed - count(toUpdate)),
    unchanged: counts.unchanged,
  }
}

function nameOf({ columns }: Prepared): string {
  return String(columns.external_id ?? columns.account_external_id)
}

/** Runs one row's write so that its refusal leaves the rest of the transaction standing. */
async function attempt(trx: TenantTx, write: () => Promise<unknown>): Promise<string | null> {
  await sql`savepoint one_row`.execute(trx)
  try {
    await write()
    await sql`release savepoint one_row`.execute(trx)
    return null
  } catch (error) {
    if (!isRefusedValue(error)) throw error
    await sql`rollback to savepoint one_row`.execute(trx)
    return `The database refused its value (SQLSTATE ${error.code}).`
  }
}

/**
 * PostgreSQL says a value cannot be stored: data exception (22), check or not-null violation (23502, 23514), program
 * limit exceeded (54), https://www.postgresql.org/docs/current/errcodes-appendix.html. Everything else is about us.
 */
export function isRefusedValue(error: unknown): error is Error & { readonly code: string } {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined
  return typeof code === 'string' && /^(22...|54...|23502|23514)$/.test(code)
}
