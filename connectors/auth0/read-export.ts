import { type Failure, FailureError, type Page, type Session } from '@owlie/connector-kit'
import { failureOf } from './classify.ts'
import { call, requestOptions } from './client.ts'
import { closeFile, readLines } from './export-file.ts'
import type { OperationName } from './operations.ts'
import { json, translated } from './page-verb.ts'
import { accountOf } from './translate.ts'
import { type ExportCursor, exportedFields, takeLines, whereOf } from './user-export.ts'
import { firstUserCursor, type UserCursor, walkOver } from './user-walk.ts'

/** Longer, and the walk would be done. */
const patienceMs = 3 * 60_000
/** Users on one page: some MB of JSON in one transaction. */
const pageSize = 1000
const mostLinks = 5
/** A link lives 60 s (https://auth0.com/docs/manage-users/user-migration/bulk-user-exports). */
const linkLifeMs = 45_000

/** One step of an export: start it, ask for it, or read some of its file. */
export async function readExport(session: Session, cursor: ExportCursor): Promise<Page> {
  switch (cursor.phase) {
    case 'start':
      return start(session, cursor)
    case 'wait':
      return wait(session, cursor)
    default:
      return read(session, cursor)
  }
}

/** Never repeated: a job more would only cost Auth0, but nobody knows how many it allows. */
async function start(session: Session, cursor: ExportCursor): Promise<Page> {
  try {
    const { id } = await call(session, 'startUsersExport', 'read users', async (client) => {
      const fields = exportedFields.map((name) => ({ name }))
      return client.jobs.usersExports.create({ format: 'json', fields }, requestOptions(session))
    })
    if (typeof id !== 'string' || id === '') return walkOn(cursor)
    return go({ ...cursor, phase: 'wait', job: id, since: session.clock.now() })
  } catch (error) {
    return walkUnless(session, cursor, error)
  }
}

async function wait(session: Session, cursor: ExportCursor): Promise<Page> {
  await pause(session, Math.min(500 * 2 ** cursor.polls, 8_000))
  const job = await jobOf(session, cursor).catch((error: unknown) => {
    const kind = error instanceof FailureError ? error.failure.kind : 'unavailable'
    // Passing troubles and bad credentials would stop the walk as well; anything else is about jobs.
    if (kind === 'unavailable' || kind === 'throttled' || kind === 'credential') throw error
    return null
  })
  if (job === null || job.status === 'failed') return walkOn(cursor)
  if (job.status === 'completed' && job.location !== null)
    return go({ ...cursor, phase: 'read', polls: cursor.polls + 1 })
  if (session.clock.now() - cursor.since > patienceMs) return walkOn(cursor)
  return go({ ...cursor, polls: cursor.polls + 1 })
}

async function read(session: Session, cursor: ExportCursor): Promise<Page> {
  const job = cursor.job!
  try {
    const link = async () => {
      // A new session or an old link: only then a second request for this page. A link is never stored, because
      // whoever has it has everybody's profile.
      const known = linkOf(session, job) ?? (await jobOf(session, cursor))?.location ?? null
      if (known === null) throw new FailureError(lostFile)
      return known
    }
    const { lines, done } = await readLines(session, job, cursor.line, pageSize, link)
    const taken = takeLines(cursor, lines)
    const page = translated(taken.rows, accountOf, 'user_id', taken.broken)
    return { ...page, end: done ? endOfFile(taken.cursor) : more(taken.cursor) }
  } catch (error) {
    session.memo.delete(linkKey)
    if (session.signal.aborted || !(error instanceof FailureError)) throw cancelled(session, error)
    const { kind } = error.failure
    // What concerns the tenant and not the file is told as it is; the page is asked for again later.
    if (kind === 'credential' || kind === 'throttled') throw error
    if (cursor.links >= mostLinks || kind !== 'unavailable') return walkAll(session)
    return go({ ...cursor, links: cursor.links + 1 })
  }
}

const lostFile: Failure = {
  kind: 'missing',
  code: 'auth0.export_gone',
  message: 'The file of an export is gone.',
  remedy: 'Nothing to do: Owlie reads the users another way.',
}

function endOfFile(cursor: ExportCursor): Page['end'] {
  const { connections, users } = cursor.left
  // Search knows of more users than the file has.
  if (cursor.line < cursor.count) return more(firstUserCursor)
  if (users === 0) return { is: 'complete' }
  const where = whereOf(connections)
  return more(where === null ? firstUserCursor : { ...cursor, phase: 'rest', walk: walkOver(where) })
}

interface Job {
  readonly status: string
  readonly location: string | null
}

/** Null when Auth0 does not know it: jobs are deleted after a day. */
async function jobOf(session: Session, { job }: ExportCursor): Promise<Job | null> {
  const operation: OperationName = 'getJob'
  try {
    const { status, location } = await call(session, operation, 'read users', (client) =>
      client.jobs.get(job!, requestOptions(session)),
    )
    const link = typeof location === 'string' && location !== '' ? location : null
    if (link !== null) session.memo.set(linkKey, { job, link, at: session.clock.monotonic() })
    return { status: String(status), location: link }
  } catch (error) {
    if (error instanceof FailureError && error.failure.kind === 'missing') return null
    throw error
  }
}

const linkKey = 'auth0.export.link'

function linkOf(session: Session, job: string): string | null {
  const known = session.memo.get(linkKey) as { job: string; link: string; at: number } | undefined
  const isFresh = known?.job === job && session.clock.monotonic() - known.at < linkLifeMs
  return isFresh ? known.link : null
}

async function pause(session: Session, ms: number): Promise<void> {
  try {
    await session.clock.sleep(ms, session.signal)
  } catch (error) {
    throw cancelled(session, error)
  }
}

function cancelled(session: Session, error: unknown): unknown {
  if (!session.signal.aborted) return error
  const context = { operation: 'getJob', capability: 'read users', domain: '', granted: null } as const
  return new FailureError(failureOf(error, { ...context, now: session.clock.now(), aborted: true }))
}

/** Without a job the walk does it; only what would stop the walk too is told. */
function walkUnless(session: Session, cursor: ExportCursor, error: unknown): Page {
  const failure = error instanceof FailureError ? error.failure : null
  if (session.signal.aborted || failure === null || failure.kind === 'credential') throw error
  return walkOn(cursor)
}

/** The walk goes on behind its first page. */
function walkOn(cursor: ExportCursor): Page {
  return go(cursor.walk)
}

/** Something of the file was read already: the walk begins again, and what it brings counts. */
async function walkAll(session: Session): Promise<Page> {
  await closeFile(session)
  return go(firstUserCursor)
}

function go(cursor: ExportCursor | UserCursor): Page {
  return { observations: [], end: more(cursor) }
}

function more(cursor: ExportCursor | UserCursor): Page['end'] {
  return { is: 'more', cursor: json(cursor) }
}
