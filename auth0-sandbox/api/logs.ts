import type { Management } from 'auth0'
import type { LogEvent } from '../tenant/index.ts'
import { ApiError, badQuery } from './errors.ts'
import { ok, type Call, type Operation, type Reply } from './operation.ts'
import { offsetOf, offsetReply, wantsCheckpoint } from './paging.ts'
import { fieldsParameters, offsetParameters, selectFields, text } from './query.ts'
import { pathUser } from './users.ts'

const scopes = { any: ['read:logs', 'read:logs_users'] }

const logView = (event: LogEvent): Management.Log => event as Management.Log

const listLogs: Operation = {
  method: 'GET',
  path: '/logs',
  summary: 'Search log events',
  scopes,
  bucket: 'logs.read',
  query: {
    ...offsetParameters(0),
    ...fieldsParameters,
    sort: text(
      'Field to use for sorting appended with <code>:1</code> for ascending and <code>:-1</code> for descending.',
      {
        pattern: /^[a-z_]+:-?1$/,
      },
    ),
    search: text('Retrieves logs that match the specified search criteria.'),
    q: text('Query in Lucene syntax.'),
    from: text('Log Event Id from which to start retrieving logs.'),
    take: {
      kind: 'integer',
      min: 1,
      max: 100,
      note: 'Number of entries to retrieve. Default <code>50</code>.',
    },
  },
  run: (call) => (wantsCheckpoint(call) ? checkpoint(call) : searched(call)),
}

/** Everything after the event `from`; at the end an empty page whose next link is the request's own address. */
function checkpoint(call: Call): Reply {
  const take = Number(call.query['take'] ?? 50)
  const from = call.query['from']
  const events = call.tenant.logs.kept()
  const at = from === undefined ? -1 : events.findIndex(({ log_id }) => log_id === from)
  if (from !== undefined && at === -1)
    throw badQuery(`'Log event not found: ${String(from)}' on property from`)
  const page = events.slice(at + 1, at + 1 + take)
  const last = page.at(-1)
  const next = new URL(call.url)
  next.searchParams.set('from', last?.log_id ?? String(from ?? ''))
  next.searchParams.set('take', String(take))
  const shown = call.quirks.shuffledLogs ? call.tenant.random.shuffle([...page]) : page
  return { status: 200, body: shown.map(logView), headers: { link: `<${next.href}>; rel="next"` } }
}

function searched(call: Call): Reply {
  const asked = call.query['q'] ?? call.query['search']
  const test = asked === undefined ? () => true : matcher(String(asked))
  const ascending = String(call.query['sort'] ?? 'date:-1').endsWith(':1')
  const found = call.tenant.logs.kept().filter(test)
  return offsetReply(call, {
    key: 'logs',
    rows: ascending ? found : found.toReversed(),
    show: (event) => selectFields(logView(event), call.query),
    length: true,
  })
}

/** `field:value` terms, all of which must hold, with phrases and a date range; a plain word is looked for anywhere. */
function matcher(q: string): (event: LogEvent) => boolean {
  const tests = [...q.matchAll(/(?:([\w.]+):)?(\[[^\]]*\]|"[^"]*"|\([^)]*\)|\S+)/g)].flatMap(
    ([, field, raw]) => {
      if (raw === 'AND') return []
      return [(event: LogEvent) => (field ? fieldMatches(event, field, raw!) : anyMatches(event, raw!))]
    },
  )
  return (event) => tests.every((test) => test(event))
}

function fieldMatches(event: LogEvent, field: string, raw: string): boolean {
  const value = field
    .split('.')
    .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], event)
  const range = /^\[(\S+) TO (\S+)\]$/.exec(raw)
  if (range)
    return (
      (range[1] === '*' || String(value) >= range[1]!) && (range[2] === '*' || String(value) <= range[2]!)
    )
  const choices = raw.replace(/^[("]|[)"]$/g, '').split(' OR ')
  return choices.some((choice) => String(value) === choice.replaceAll('"', ''))
}

function anyMatches(event: LogEvent, raw: string): boolean {
  const word = raw.replaceAll('"', '').toLowerCase()
  return JSON.stringify(event).toLowerCase().includes(word)
}

const getLog: Operation = {
  method: 'GET',
  path: '/logs/{id}',
  summary: 'Get a log event by id',
  scopes,
  bucket: 'logs.read',
  params: { id: 'any' },
  run(call) {
    const event = call.tenant.logs.kept().find(({ log_id }) => log_id === call.params['id'])
    if (!event) throw new ApiError(404, 'The log event does not exist.', 'inexistent_event')
    return ok(logView(event))
  },
}

const userLogs: Operation = {
  method: 'GET',
  path: '/users/{id}/logs',
  summary: "Get user's log events",
  scopes,
  bucket: 'logs.read',
  params: { id: 'user-id' },
  query: { ...offsetParameters(0), sort: text('Field to sort by.', { pattern: /^[a-z_]+:-?1$/ }) },
  run(call) {
    const { user_id } = pathUser(call)
    offsetOf(call)
    const rows = call.tenant.logs.kept().filter((event) => event.user_id === user_id)
    const ascending = String(call.query['sort'] ?? 'date:-1').endsWith(':1')
    return offsetReply(call, {
      key: 'logs',
      rows: ascending ? rows : rows.toReversed(),
      show: logView,
      length: true,
    })
  },
}

export const logOperations: Operation[] = [listLogs, getLog, userLogs]
