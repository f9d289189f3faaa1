import { isDeepStrictEqual } from 'node:util'
import type { Connector, ObjectKind, Session } from '../connector.ts'
import { type Failure, isFailure } from '../failure.ts'
import type { Json, Observation, Page } from '../observation.ts'
import type { Complaint, ConformanceTarget } from './rules.ts'

/** Reading a connector to its end, as the rules do it. */

const mostPages = 10_000
const mostContainers = 5

export interface Place {
  readonly kind: string
  readonly container?: string
}

/** Every kind, and of kinds with a container a few containers. */
export async function placesOf(connector: Connector, target: ConformanceTarget): Promise<readonly Place[]> {
  const session = target.open()
  const places: Place[] = []
  for (const kind of connector.manifest.kinds.filter(isRead)) {
    if (kind.container === undefined) {
      places.push({ kind: kind.name })
      continue
    }
    const { pages } = await readAll(connector, session, { kind: kind.container })
    const ids = pages.flatMap((page) => page.observations.flatMap((one) => ('id' in one ? [one.id] : [])))
    places.push(...ids.slice(0, mostContainers).map((container) => ({ kind: kind.name, container })))
  }
  return places
}

/** Kinds that are read by themselves. */
function isRead(kind: ObjectKind): boolean {
  return kind.carriedBy === undefined
}

/** Kinds that can be read from nothing. */
export function startsOf(connector: Connector): readonly ObjectKind[] {
  return connector.manifest.kinds.filter((kind) => isRead(kind) && kind.container === undefined)
}

export interface Reading {
  readonly pages: readonly Page[]
  /** Cursors in the order they were given. */
  readonly cursors: readonly Json[]
  readonly complaints: readonly Complaint[]
}

export async function readAll(
  connector: Connector,
  session: Session,
  place: Place,
  from: Json = null,
): Promise<Reading> {
  const where = name(place)
  const pages: Page[] = []
  const cursors: Json[] = []
  const seen = new Set<string>()
  let cursor = from
  while (pages.length < mostPages) {
    const request = { cursor, ...(place.container === undefined ? {} : { container: place.container }) }
    const before = session.http.stats.total
    const result = await connector.read[place.kind]!(session, request)
    const sent = session.http.stats.total - before
    if ('failure' in result)
      return { pages, cursors, complaints: [`${where}: failed with ${result.failure.code}`] }
    pages.push(result.page)
    // The first page may need the token.
    if (sent > (pages.length === 1 ? 2 : 1))
      return { pages, cursors, complaints: [`${where}: one page took ${sent} requests`] }
    const { end } = result.page
    if (end.is === 'complete') return { pages, cursors, complaints: [] }
    if (end.is === 'truncated')
      return { pages, cursors, complaints: [`${where}: ended truncated, ${end.why.code}`] }
    const text = JSON.stringify(end.cursor)
    if (text === undefined || end.cursor === null || !isDeepStrictEqual(JSON.parse(text), end.cursor))
      return { pages, cursors, complaints: [`${where}: a cursor is not plain JSON`] }
    if (seen.has(text)) return { pages, cursors, complaints: [`${where}: a cursor came twice`] }
    seen.add(text)
    cursor = JSON.parse(text) as Json
    cursors.push(cursor)
  }
  return { pages, cursors, complaints: [`${where}: no end after ${mostPages} pages`] }
}

export function failureComplaints(where: string, failure: Failure): readonly Complaint[] {
  if (!isFailure(failure)) return [`${where}: not a failure of a known kind`]
  const complaints: Complaint[] = []
  if (!/^[a-zA-Z0-9]+(\.[a-z0-9_]+)+$/.test(failure.code)) complaints.push(`${where}: code ${failure.code}`)
  if (failure.kind === 'defect') complaints.push(`${where}: called a defect`)
  if (failure.message.trim() === '' || failure.remedy.trim() === '') complaints.push(`${where}: no words`)
  return complaints
}

export type Settled<T> = { readonly value: T } | { readonly thrown: string }

export async function settled<T>(run: () => Promise<T>): Promise<Settled<T>> {
  try {
    return { value: await run() }
  } catch (error) {
    return { thrown: error instanceof Error ? error.name : typeof error }
  }
}

export function sorted({ pages }: Pick<Reading, 'pages'>): string {
  return pages
    .flatMap((page) => [...page.observations, ...Object.values(page.carried ?? {}).flat()])
    .map((one) => JSON.stringify(one))
    .sort()
    .join('\n')
}

export function keyOf(one: Observation): string {
  return one.type === 'grant' ? `${one.account} ${one.entitlement} ${one.grantType}` : one.id
}

export function name({ kind, container }: Place): string {
  return container === undefined ? kind : `${kind} of ${container}`
}
