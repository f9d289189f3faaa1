import type { Json, Page, PageEnd, PageRequest, Session } from '@owlie/connector-kit'
import { listOf } from './answer.ts'
import { call, requestOptions } from './client.ts'
import { json, type Read, translated, verb } from './page-verb.ts'
import { readExport } from './read-export.ts'
import { accountOf } from './translate.ts'
import { considerExport, type ExportCursor } from './user-export.ts'
import { fingerprint, type UserRow } from './user-page.ts'
import { advanceUsers, countLimit, firstUserCursor, type UserCursor, userQuery } from './user-walk.ts'

/**
 * One page of users. They are walked along their creation; where that takes many requests, an export job reads most
 * of them instead. The route `walk` forbids the job.
 */
export const readUsers: Read = verb(async (session, request) => {
  const cursor = cursorOf(request.cursor)
  if (cursor.v === 1) return walkPage(session, cursor, request)
  return cursor.phase === 'rest' ? restPage(session, cursor) : readExport(session, cursor)
})

/** A stored cursor of one of the two ways, or the beginning: another version means an upgrade. */
function cursorOf(stored: Json): UserCursor | ExportCursor {
  const cursor = stored as unknown as UserCursor | ExportCursor | null
  const isKnown = typeof cursor === 'object' && cursor !== null && (cursor.v === 1 || cursor.v === 2)
  return isKnown ? cursor : firstUserCursor
}

async function walkPage(session: Session, cursor: UserCursor, request: PageRequest): Promise<Page> {
  const { rows, total, page, end } = await search(session, cursor)
  if (end.is !== 'more') return { ...page, end: end as PageEnd }
  const job =
    request.cursor === null && request.route !== 'walk' ? considerExport(rows, total, end.cursor) : null
  return { ...page, end: { is: 'more', cursor: json(job ?? end.cursor) } }
}

/**
 * Those the file does not have all of. A few fewer than it named have left the tenant meanwhile or are not indexed yet,
 * which is what any walk meets; many fewer, and the search did not understand what it was asked.
 */
async function restPage(session: Session, cursor: ExportCursor): Promise<Page> {
  const given = new Set(cursor.given)
  const { page, end, read } = await search(
    session,
    cursor.walk,
    (row) => !given.has(fingerprint(row.user_id)),
  )
  const { total: _, ...rest } = page
  if (end.is === 'more')
    return { ...rest, end: { is: 'more', cursor: json({ ...cursor, walk: end.cursor }) } }
  const { users } = cursor.left
  if (end.is === 'complete' && users - read > Math.max(5, users / 100))
    return { ...rest, end: { is: 'more', cursor: json(firstUserCursor) } }
  return { ...rest, end: end as PageEnd }
}

async function search(
  session: Session,
  cursor: UserCursor,
  isWanted: (row: UserRow) => boolean = () => true,
) {
  const query = userQuery(cursor)
  const body = await call(session, 'listUsers', 'read users', async (client) => {
    const { perPage, ...rest } = query
    const parameters = { ...rest, per_page: perPage, include_totals: true, search_engine: 'v3' as const }
    return (await client.users.list(parameters, requestOptions(session))).response as unknown
  })
  const answer = listOf(body, 'users')
  const rows = answer.items.filter((item) => typeof item.user_id === 'string') as unknown as UserRow[]
  const unusable = answer.items.filter((item) => typeof item.user_id !== 'string')
  const broken = answer.broken + unusable.length
  const step = advanceUsers(cursor, {
    rows,
    // Records without an id fill their page all the same.
    limit: Math.max(1, (answer.limit ?? query.perPage) - broken),
    total: answer.total === null ? null : Math.max(0, answer.total - broken),
  })
  const count = cursor.count ?? (cursor.from === null ? answer.total : null)
  const total =
    count !== null && count < countLimit ? { count, exact: true } : { count: countLimit, exact: false }
  const wanted = step.rows.filter(isWanted)
  return {
    rows,
    total: answer.total,
    page: { ...translated([...wanted, ...unusable], accountOf, 'user_id', answer.broken), total },
    end: step.end,
    read: cursor.read + step.rows.length,
  }
}
