import type { Connector, Session } from '../connector.ts'
import type { Page } from '../observation.ts'
import { hintRules } from './hint-rules.ts'
import { lookupRules } from './lookup-rules.ts'
import { manifestComplaints } from './manifest-rules.ts'
import {
  failureComplaints,
  keyOf,
  name,
  type Place,
  placesOf,
  readAll,
  settled,
  sorted,
  startsOf,
} from './reading.ts'
import { type WriteTarget, writeRules } from './write-rules.ts'

/** What is wrong, in words, with the place. */
export type Complaint = string

/** A target to try a connector on. */
export interface ConformanceTarget {
  /** A fresh session with every permission. */
  open(overrides?: Partial<Pick<Session, 'signal' | 'secrets'>>): Session
  /** Texts that must never come out: the secret itself, keys inside the data. */
  readonly secrets: readonly string[]
  /** Sessions that cannot work, each with why: a wrong secret, a missing permission, nobody listening. */
  broken(): readonly { readonly why: string; readonly session: Session }[]
  /**
   * The ids of everything of a kind (in a container) that is there, from the target's own state and not through the
   * connector; of grants, the accounts'. Null: not known for this kind.
   */
  truth?(kind: string, container?: string): readonly string[] | null
  /** An id that could be one of this kind (of grants, an account's) and that nobody has. */
  absent?(kind: string): string
  /** What may be written to, for a connector with actions. */
  readonly writes?: WriteTarget
  close(): Promise<void>
}

export interface ConformanceRule {
  readonly sentence: string
  check(connector: Connector, target: ConformanceTarget): Promise<readonly Complaint[]>
}

export const rules: readonly ConformanceRule[] = [
  {
    sentence: 'the manifest is whole: every kind has a reader, its prerequisites and a capability',
    check: (connector) => Promise.resolve(manifestComplaints(connector)),
  },
  {
    sentence: 'every kind is read to a positive end, cursors move, one request per page',
    check: endsAndMoves,
  },
  { sentence: 'observations are of the declared type, each id once', check: wellFormed },
  { sentence: 'the same state gives the same observations, byte for byte', check: deterministic },
  { sentence: 'a stored cursor can be used again after a crash', check: repeatable },
  { sentence: 'no secret comes out of any verb', check: secretive },
  { sentence: 'what cannot work is returned as a classified failure, never thrown', check: classified },
  { sentence: 'a stopped session ends at once, as a value', check: stoppable },
  {
    sentence: 'the connection test ends every row, and says what to do about the failed ones',
    check: testable,
  },
  ...lookupRules,
  ...hintRules,
  ...writeRules,
]

async function endsAndMoves(connector: Connector, target: ConformanceTarget): Promise<readonly Complaint[]> {
  const session = target.open()
  const complaints: Complaint[] = []
  for (const place of await placesOf(connector, target))
    complaints.push(...(await readAll(connector, session, place)).complaints)
  return complaints
}

async function wellFormed(connector: Connector, target: ConformanceTarget): Promise<readonly Complaint[]> {
  const session = target.open()
  const complaints: Complaint[] = []
  for (const place of await placesOf(connector, target)) {
    const kind = connector.manifest.kinds.find((one) => one.name === place.kind)!
    const seen = new Set<string>()
    const { pages } = await readAll(connector, session, place)
    for (const one of pages.flatMap((page) => page.observations)) {
      const key = keyOf(one)
      if (one.type !== kind.yields) complaints.push(`${name(place)}: ${one.type} instead of ${kind.yields}`)
      if (one.type === 'entitlement' && one.entitlementType !== kind.entitlementType)
        complaints.push(`${name(place)}: entitlement type ${one.entitlementType}`)
      if (one.type === 'grant' && one.entitlement !== place.container)
        complaints.push(`${name(place)}: a grant of another container`)
      if (one.type !== 'grant' && one.displayName.trim() === '') complaints.push(`${name(place)}: no name`)
      if (seen.has(key)) complaints.push(`${name(place)}: ${key} came twice`)
      seen.add(key)
    }
    complaints.push(...carriedComplaints(connector, place, pages))
  }
  return complaints.slice(0, 10)
}

/** What comes along on every page, of the kinds that say so, and always the same of the same object. */
function carriedComplaints(
  { manifest }: Connector,
  place: Place,
  pages: readonly Page[],
): readonly Complaint[] {
  const kinds = manifest.kinds.filter(({ carriedBy }) => carriedBy === place.kind)
  const complaints: Complaint[] = []
  const seen = new Map<string, string>()
  for (const { carried = {} } of pages) {
    for (const other of Object.keys(carried).filter((key) => !kinds.some((kind) => kind.name === key)))
      complaints.push(`${name(place)}: carries ${other}, which does not say so`)
    for (const kind of kinds) {
      const observations = carried[kind.name]
      if (observations === undefined) complaints.push(`${name(place)}: a page without ${kind.name}`)
      for (const one of observations ?? []) {
        const key = `${kind.name} ${keyOf(one)}`
        const text = JSON.stringify(one)
        if (one.type !== kind.yields) complaints.push(`${kind.name}: ${one.type} instead of ${kind.yields}`)
        if (one.type === 'entitlement' && one.entitlementType !== kind.entitlementType)
          complaints.push(`${kind.name}: entitlement type ${one.entitlementType}`)
        if (seen.has(key) && seen.get(key) !== text) complaints.push(`${key} came in two versions`)
        seen.set(key, text)
      }
    }
  }
  return complaints
}

async function deterministic(connector: Connector, target: ConformanceTarget): Promise<readonly Complaint[]> {
  const complaints: Complaint[] = []
  for (const place of await placesOf(connector, target)) {
    const [first, second] = [target.open(), target.open()]
    const texts = await Promise.all(
      [first, second].map(async (session) => sorted(await readAll(connector, session, place))),
    )
    if (texts[0] !== texts[1]) complaints.push(`${name(place)}: two readings differ`)
  }
  return complaints
}

async function repeatable(connector: Connector, target: ConformanceTarget): Promise<readonly Complaint[]> {
  const complaints: Complaint[] = []
  for (const place of await placesOf(connector, target)) {
    const whole = await readAll(connector, target.open(), place)
    const middle = Math.floor(whole.cursors.length / 2)
    const from = whole.cursors[middle]
    if (from === undefined) continue
    // Everything up to the checkpoint, and everything a new process reads after it.
    const rest = await readAll(connector, target.open(), place, from)
    const before = whole.pages.slice(0, middle + 1)
    complaints.push(...rest.complaints)
    const resumed = sorted({ pages: [...before, ...rest.pages] })
    if (resumed !== sorted(whole))
      complaints.push(`${name(place)}: resuming at page ${middle + 2} reads something else`)
  }
  return complaints
}

async function secretive(connector: Connector, target: ConformanceTarget): Promise<readonly Complaint[]> {
  const session = target.open()
  const out: unknown[] = [await connector.grantedScopes(session), await connector.test(session)]
  for (const place of await placesOf(connector, target)) {
    const { pages, cursors } = await readAll(connector, session, place)
    out.push(pages, cursors)
  }
  for (const { session: broken } of target.broken()) {
    out.push(await connector.test(broken))
    for (const kind of startsOf(connector))
      out.push(await settled(() => connector.read[kind.name]!(broken, { cursor: null })))
  }
  const text = JSON.stringify(out)
  return target.secrets.flatMap((secret, at) => (text.includes(secret) ? [`secret ${at + 1} came out`] : []))
}

async function classified(connector: Connector, target: ConformanceTarget): Promise<readonly Complaint[]> {
  const complaints: Complaint[] = []
  for (const { why, session } of target.broken()) {
    for (const kind of startsOf(connector)) {
      const result = await settled(() => connector.read[kind.name]!(session, { cursor: null }))
      if ('thrown' in result) complaints.push(`${why}: reading ${kind.name} threw ${result.thrown}`)
      else if ('failure' in result.value)
        complaints.push(...failureComplaints(`${why}: ${kind.name}`, result.value.failure))
      else if (result.value.page.observations.length > 0)
        complaints.push(`${why}: reading ${kind.name} worked`)
      else if (result.value.page.end.is === 'complete')
        complaints.push(`${why}: ${kind.name} is complete and empty`)
    }
  }
  return complaints
}

async function stoppable(connector: Connector, target: ConformanceTarget): Promise<readonly Complaint[]> {
  const stopped = AbortSignal.abort()
  const complaints: Complaint[] = []
  for (const kind of startsOf(connector)) {
    const session = target.open({ signal: stopped })
    const result = await settled(() => connector.read[kind.name]!(session, { cursor: null }))
    if ('thrown' in result) complaints.push(`${kind.name}: threw ${result.thrown}`)
    else if (!('failure' in result.value)) complaints.push(`${kind.name}: went on`)
    if (session.http.stats.total > 0) complaints.push(`${kind.name}: sent a request`)
  }
  const tested = await settled(() => connector.test(target.open({ signal: stopped })))
  if ('thrown' in tested) complaints.push(`the test threw ${tested.thrown}`)
  else if (tested.value.some(({ status }) => status === 'running')) complaints.push('a row is left running')
  return complaints
}

async function testable(connector: Connector, target: ConformanceTarget): Promise<readonly Complaint[]> {
  const complaints: Complaint[] = []
  const sessions = [{ why: 'healthy', session: target.open() }, ...target.broken()]
  for (const { why, session } of sessions) {
    const tellings: number[] = []
    const result = await settled(() => connector.test(session, (rows) => tellings.push(rows.length)))
    if ('thrown' in result) {
      complaints.push(`${why}: threw ${result.thrown}`)
      continue
    }
    const rows = result.value
    const failed = rows.filter(({ status }) => status === 'failed')
    if (tellings.length < rows.length) complaints.push(`${why}: rows were not told`)
    if (rows.some(({ status }) => status === 'running')) complaints.push(`${why}: a row is left running`)
    if (new Set(rows.map((row) => row.name)).size < rows.length)
      complaints.push(`${why}: a row's name comes twice`)
    if (why === 'healthy' && failed.length > 0) complaints.push(`healthy: ${failed[0]!.name} failed`)
    if (why !== 'healthy' && failed.length === 0) complaints.push(`${why}: nothing failed`)
    for (const { name: row, failure } of failed)
      complaints.push(
        ...(failure ? failureComplaints(`${why}: ${row}`, failure) : [`${why}: ${row} has no failure`]),
      )
  }
  return complaints
}
