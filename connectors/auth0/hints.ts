import { FailureError, type HintPage, type Hints, type Session } from '@owlie/connector-kit'
import { listOf } from './answer.ts'
import { scopesOf } from './capabilities.ts'
import { call, requestOptions } from './client.ts'
import {
  advanceChanged,
  advanceLog,
  firstHintCursor,
  type HintCursor,
  logPage,
  lost,
  needsProof,
  notKept,
  userPage,
  usersQuery,
} from './hint-walk.ts'
import { json } from './page-verb.ts'

const capability = 'follow changes'

/**
 * The tenant log and the user search by `updated_at`. Nothing new costs one request each. They are hints and no more:
 * the log is not real-time and some changes are in neither (https://auth0.com/docs/deploy-monitor/logs), which the
 * next full run finds.
 */
export const hints: Hints = {
  scopes: scopesOf('follow_changes'),
  capability,
  kinds: [
    'users',
    'roles',
    'role_members',
    'organizations',
    'organization_members',
    'organization_roles',
    'organization_member_roles',
  ],
  async start(session) {
    try {
      const body = await call(session, 'listLogs', capability, async (client) => {
        const parameters = {
          page: 0,
          per_page: logPage,
          sort: 'date:-1',
          fields: 'log_id,date',
          include_fields: true,
        }
        const asked = { ...parameters, include_totals: false }
        return (await client.logs.list(asked, requestOptions(session))).response as unknown
      })
      return { cursor: json(firstHintCursor(listOf(body, 'logs').items, session.clock.now())) }
    } catch (error) {
      return failed(error)
    }
  },
  async read(session, stored) {
    try {
      const cursor = stored as unknown as HintCursor | null
      // Of another version: an upgrade lies between.
      if (cursor?.v !== 1) return { page: lost(notKept()) }
      return {
        page: await (cursor.phase === 'log' ? readLog(session, cursor) : readChanged(session, cursor)),
      }
    } catch (error) {
      return failed(error)
    }
  },
}

function failed(error: unknown) {
  if (error instanceof FailureError) return { failure: error.failure }
  throw error
}

async function readLog(session: Session, cursor: HintCursor): Promise<HintPage> {
  const now = session.clock.now()
  if (needsProof(cursor, now) && !(await isKept(session, cursor.log!))) return lost(notKept())
  try {
    const { body, link } = await call(session, 'listLogs', capability, async (client) => {
      // The SDK knows only the search; null leaves its own parameters out.
      const none = { page: null, per_page: null, include_totals: null }
      const queryParams = { take: logPage, ...(cursor.log === null ? {} : { from: cursor.log }) }
      const page = await client.logs.list(none, { ...requestOptions(session), queryParams })
      return { body: page.response as unknown, link: page.rawResponse.headers.get('link') }
    })
    return advanceLog(cursor, listOf(body, 'logs').items, fromOf(link), now)
  } catch (error) {
    const kind = error instanceof FailureError ? error.failure.kind : null
    // By-id paging from an entry that is not there any more.
    if (cursor.log !== null && (kind === 'rejected' || kind === 'missing')) return lost(notKept())
    throw error
  }
}

async function isKept(session: Session, id: string): Promise<boolean> {
  try {
    await call(session, 'getLog', capability, (client) => client.logs.get(id, requestOptions(session)))
    return true
  } catch (error) {
    if (error instanceof FailureError && error.failure.kind === 'missing') return false
    throw error
  }
}

/** `from` of `<https://…/api/v2/logs?from=…&take=100>; rel="next"`. */
function fromOf(link: string | null): string | null {
  const address = /<([^>]+)>\s*;\s*rel="?next"?/.exec(link ?? '')?.[1]
  return address !== undefined && URL.canParse(address) ? new URL(address).searchParams.get('from') : null
}

async function readChanged(session: Session, cursor: HintCursor): Promise<HintPage> {
  const body = await call(session, 'listUsers', capability, async (client) => {
    const parameters = {
      ...{ q: usersQuery(cursor), sort: 'updated_at:1', page: 0, per_page: userPage },
      ...{ fields: 'user_id,updated_at', include_fields: true, include_totals: true },
      search_engine: 'v3' as const,
    }
    return (await client.users.list(parameters, requestOptions(session))).response as unknown
  })
  const answer = listOf(body, 'users')
  return advanceChanged(cursor, answer.items, answer.limit ?? userPage)
}
