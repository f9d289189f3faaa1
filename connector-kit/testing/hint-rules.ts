import { isDeepStrictEqual } from 'node:util'
import type { Change } from '../change.ts'
import type { Connector, Hint, HintPage, Hints, Session } from '../connector.ts'
import { lookAll } from '../look.ts'
import type { Json } from '../observation.ts'
import { failureComplaints, settled } from './reading.ts'
import type { Complaint, ConformanceRule, ConformanceTarget } from './rules.ts'

/** The rules about following changes. A connector without hints has nothing to fear from them. */
export const hintRules: readonly ConformanceRule[] = [
  { sentence: 'what is hinted is of kinds that were promised and can be looked up', check: withHints(whole) },
  {
    sentence: 'hints are followed to the present, cursors move, and a stored one brings the same again',
    check: withHints(followed),
  },
  { sentence: 'what is written after the start is hinted', check: withHints(noticed) },
  {
    sentence: 'what cannot be followed is a classified failure or lost, never "nothing new"',
    check: withHints(followedInVain),
  },
]

type HintCheck = (
  connector: Connector,
  target: ConformanceTarget,
  hints: Hints,
) => readonly Complaint[] | Promise<readonly Complaint[]>

function withHints(check: HintCheck): ConformanceRule['check'] {
  return async (connector, target) =>
    connector.hints ? (await check(connector, target, connector.hints)).slice(0, 10) : []
}

const mostPages = 1000
/** One, and a proof that the place it goes on from is still kept. */
const requestsPerPage = 2

function whole({ manifest, find, held }: Connector, _: ConformanceTarget, hints: Hints) {
  const complaints: Complaint[] = []
  const scopes = new Set(manifest.capabilities.flatMap((capability) => capability.scopes))
  for (const scope of hints.scopes)
    if (!scopes.has(scope)) complaints.push(`following asks for ${scope}, which no capability uses`)
  if (hints.kinds.length === 0) complaints.push('no kind is followed')
  for (const name of hints.kinds) {
    const kind = manifest.kinds.find((one) => one.name === name)
    if (!kind) complaints.push(`${name} is followed and is no kind`)
    // What comes along with others is looked up with them.
    else if (kind.yields === 'grant' ? !held?.[name] : !find?.[name] && kind.carriedBy === undefined)
      complaints.push(`${name} is followed and cannot be looked up`)
  }
  return complaints
}

interface Walk {
  readonly hints: readonly Hint[]
  readonly end: HintPage['end'] | null
  readonly complaints: readonly Complaint[]
}

async function walk(hints: Hints, session: Session, from: Json): Promise<Walk> {
  const found: Hint[] = []
  const seen = new Set<string>()
  const complaints: Complaint[] = []
  let cursor = from
  for (let pages = 0; pages < mostPages; pages++) {
    const before = session.http.stats.total
    const result = await hints.read(session, cursor)
    const sent = session.http.stats.total - before
    if ('failure' in result)
      return { hints: found, end: null, complaints: [`following failed with ${result.failure.code}`] }
    // The first page of a session may need the token.
    const most = requestsPerPage + (pages === 0 ? 1 : 0)
    if (sent > most) complaints.push(`one page of hints took ${sent} requests`)
    found.push(...result.page.hints)
    for (const { kind } of result.page.hints)
      if (!hints.kinds.includes(kind)) complaints.push(`${kind} is hinted and was not promised`)
    const { end } = result.page
    if (end.is === 'lost') complaints.push(...failureComplaints('lost', end.why))
    if (end.is !== 'lost' && !isPlain(end.cursor)) complaints.push('a cursor of hints is not plain JSON')
    if (end.is !== 'more' || complaints.length > 0) return { hints: found, end, complaints }
    const text = JSON.stringify(end.cursor)
    if (seen.has(text)) return { hints: found, end: null, complaints: ['a cursor of hints came twice'] }
    seen.add(text)
    cursor = JSON.parse(text) as Json
  }
  return { hints: found, end: null, complaints: [`hints do not end after ${mostPages} pages`] }
}

function isPlain(cursor: Json): boolean {
  const text = JSON.stringify(cursor) as string | undefined
  return text !== undefined && cursor !== null && isDeepStrictEqual(JSON.parse(text), cursor)
}

async function begin(
  hints: Hints,
  session: Session,
): Promise<{ readonly cursor: Json } | { readonly complaints: readonly Complaint[] }> {
  const start = await hints.start(session)
  if ('failure' in start) return { complaints: [`following did not start, ${start.failure.code}`] }
  return isPlain(start.cursor) ? start : { complaints: ['the first cursor of hints is not plain JSON'] }
}

async function followed(_: Connector, target: ConformanceTarget, hints: Hints) {
  const begun = await begin(hints, target.open())
  if ('complaints' in begun) return begun.complaints
  const first = await walk(hints, target.open(), begun.cursor)
  if (first.complaints.length > 0) return first.complaints
  if (first.end?.is !== 'now') return ['what was started just now is lost']
  const complaints: Complaint[] = []
  const again = await walk(hints, target.open(), begun.cursor)
  complaints.push(...again.complaints)
  if (textOf(again.hints) !== textOf(first.hints))
    complaints.push('followed again from there, others are hinted')
  const later = await walk(hints, target.open(), first.end.cursor)
  complaints.push(...later.complaints)
  if (later.end?.is !== 'now') complaints.push('the place where a pass ended is no place to go on from')
  return complaints
}

/** Hints may repeat and come in any order. */
function textOf(hints: readonly Hint[]): string {
  return [...new Set(hints.map((hint) => JSON.stringify(hint)))].sort().join('\n')
}

async function noticed(connector: Connector, target: ConformanceTarget, hints: Hints) {
  const samples = (await target.writes?.samples()) ?? []
  const complaints: Complaint[] = []
  let told = 0
  for (const change of samples) {
    const session = target.open()
    const begun = await begin(hints, session)
    if ('complaints' in begun) return begun.complaints
    const outcome = await connector.apply![change.action]!(session, change)
    if (outcome.is !== 'applied') continue
    const wanted = await wantedOf(connector, session, change, hints)
    const { hints: found, end, complaints: wrong } = await walk(hints, target.open(), begun.cursor)
    complaints.push(...wrong)
    // Lost is no lie: everything is read then. But a connector that only ever loses them follows nothing.
    if (end?.is !== 'now') continue
    told += 1
    for (const one of wanted)
      if (!found.some((hint) => matches(hint, one)))
        complaints.push(`${change.action}: ${one.kind} of ${one.id} changed and is not hinted`)
  }
  if (samples.length > 0 && told === 0) complaints.push('whatever is written, the hints are lost')
  return complaints
}

interface Wanted {
  readonly kind: string
  /** Of the object; of a grant, of its account. */
  readonly id: string
}

/** What a change was about, by where one would look for it. */
async function wantedOf(
  connector: Connector,
  session: Session,
  change: Change,
  hints: Hints,
): Promise<readonly Wanted[]> {
  const looks = connector.looks?.(change).filter(({ kind }) => hints.kinds.includes(kind)) ?? []
  const findings = await lookAll(connector, session, looks)
  return looks.flatMap(({ kind, reference }, at): readonly Wanted[] => {
    if ('container' in reference) return []
    if ('account' in reference) return [{ kind, id: reference.account }]
    if ('id' in reference) return [{ kind, id: reference.id }]
    const finding = findings[at]!
    const found = 'found' in finding ? finding.found : []
    return found.flatMap((one) => ('id' in one ? [{ kind, id: one.id }] : []))
  })
}

function matches(hint: Hint, { kind, id }: Wanted): boolean {
  return hint.kind === kind && id === ('holder' in hint ? hint.holder.account : hint.id)
}

type Answer = Awaited<ReturnType<Hints['start']>> | Awaited<ReturnType<Hints['read']>>

/** Cursors of nobody: another version's, or what a careless hand left in the database. */
const strangeCursors: readonly Json[] = [null, {}, [], 'nowhere', { v: 'another version' }]

async function followedInVain(_: Connector, target: ConformanceTarget, hints: Hints) {
  const complaints: Complaint[] = []
  const begun = await begin(hints, target.open())
  if ('complaints' in begun) return begun.complaints
  const judge = async (where: string, ask: () => Promise<Answer>) => {
    const result = await settled(ask)
    if ('thrown' in result) return [`${where} threw ${result.thrown}`]
    const text = JSON.stringify(result.value)
    if (target.secrets.some((secret) => text.includes(secret))) return [`${where}: a secret came out`]
    if ('failure' in result.value) return failureComplaints(where, result.value.failure)
    const isLost = 'page' in result.value && result.value.page.end.is === 'lost'
    return isLost ? [] : [`${where}: answered all the same`]
  }
  const stopped = { why: 'stopped', session: target.open({ signal: AbortSignal.abort() }) }
  for (const { why, session } of [...target.broken(), stopped]) {
    complaints.push(...(await judge(`${why}: starting to follow`, () => hints.start(session))))
    complaints.push(...(await judge(`${why}: following`, () => hints.read(session, begun.cursor))))
  }
  if (stopped.session.http.stats.total > 0) complaints.push('stopped: a request was sent')
  for (const strange of strangeCursors) {
    const where = `following from ${JSON.stringify(strange)}`
    complaints.push(...(await judge(where, () => hints.read(target.open(), strange))))
  }
  return complaints
}
