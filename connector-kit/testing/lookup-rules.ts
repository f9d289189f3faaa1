import { isDeepStrictEqual } from 'node:util'
import type { Connector, ObjectKind, Session } from '../connector.ts'
import type { Failure } from '../failure.ts'
import type { GrantObservation, Observation } from '../observation.ts'
import { failureComplaints, name, type Place, placesOf, readAll, settled, startsOf } from './reading.ts'
import type { Complaint, ConformanceRule, ConformanceTarget } from './rules.ts'

/** The rules about being right: against the target's own state, and against the connector's other answers. */
export const lookupRules: readonly ConformanceRule[] = [
  { sentence: 'what ended complete is all there is, and nothing else', check: wholly },
  {
    sentence:
      'what is found by id and held by an account is what the lists say; nobody is found where nobody is',
    check: agreeing,
  },
  { sentence: 'a look that cannot work is a classified failure, never "there is none"', check: lookedInVain },
  { sentence: 'what ties others together names them, and they are there', check: tied },
]

const fewObjects = 6
const fewOthers = 2
const nobody = 'conformance-nobody'

async function observationsOf(
  connector: Connector,
  target: ConformanceTarget,
  place: Place,
): Promise<readonly Observation[]> {
  const { pages } = await readAll(connector, target.open(), place)
  return pages.flatMap((page) => page.observations)
}

async function wholly(connector: Connector, target: ConformanceTarget): Promise<readonly Complaint[]> {
  const complaints: Complaint[] = []
  for (const place of await placesOf(connector, target)) {
    const truth = target.truth?.(place.kind, place.container)
    if (!truth) continue
    const { pages } = await readAll(connector, target.open(), place)
    if (pages.at(-1)?.end.is !== 'complete') continue
    const said = pages
      .flatMap((page) => page.observations)
      .map((one) => (one.type === 'grant' ? one.account : one.id))
    const [real, read] = [new Set(truth), new Set(said)]
    const missing = truth.filter((id) => !read.has(id)).length
    const invented = said.filter((id) => !real.has(id)).length
    if (missing > 0)
      complaints.push(`${name(place)}: complete, and ${missing} of ${truth.length} are missing`)
    if (invented > 0) complaints.push(`${name(place)}: ${invented} are not there at all`)
  }
  return complaints
}

async function agreeing(connector: Connector, target: ConformanceTarget): Promise<readonly Complaint[]> {
  const complaints: Complaint[] = []
  const session = target.open()
  for (const [kind, find] of Object.entries(connector.find ?? {})) {
    for (const one of (await observationsOf(connector, target, { kind })).slice(0, fewObjects)) {
      if (!('id' in one)) continue
      const result = await find(session, one.id)
      if (!('found' in result) || JSON.stringify(result.found) !== JSON.stringify(one))
        complaints.push(`${kind}: ${one.id} is found otherwise than it is listed`)
    }
    const absent = target.absent?.(kind)
    const none = await find(session, absent ?? nobody)
    if ('found' in none && none.found !== null) complaints.push(`${kind}: somebody is found who is not there`)
    if ('failure' in none && absent !== undefined)
      complaints.push(`${kind}: nobody is there, and it failed with ${none.failure.code}`)
  }
  complaints.push(...(await heldOtherwise(connector, target, session)))
  return complaints.slice(0, 10)
}

/** What accounts hold by themselves against what the lists say, carried kinds and those who are in no list included. */
async function heldOtherwise(
  connector: Connector,
  target: ConformanceTarget,
  session: Session,
): Promise<readonly Complaint[]> {
  const complaints: Complaint[] = []
  const accounts = await accountsOf(connector, target)
  for (const place of await placesOf(connector, target)) {
    const { pages } = await readAll(connector, session, place)
    const lists = [
      [place.kind, pages.flatMap((page) => page.observations)] as const,
      ...carriedBy(connector, place.kind).map(
        (kind) => [kind, pages.flatMap((page) => page.carried?.[kind] ?? [])] as const,
      ),
    ]
    for (const [kind, list] of lists) {
      if (!connector.held?.[kind]) continue
      const grants = list.filter((one) => one.type === 'grant')
      const holders = new Set(grants.map(({ account }) => account))
      const others = accounts.filter((id) => !holders.has(id)).slice(0, fewOthers)
      const asked = { kind, ...(place.container === undefined ? {} : { container: place.container }) }
      for (const account of [...[...holders].slice(0, fewObjects), ...others])
        complaints.push(...(await heldComplaints(connector, session, asked, account, grants)))
      complaints.push(...(await heldByNobody(connector, session, asked, target.absent?.(kind))))
    }
  }
  return complaints
}

async function accountsOf(connector: Connector, target: ConformanceTarget): Promise<readonly string[]> {
  const kinds = startsOf(connector).filter(({ yields }) => yields === 'account')
  const lists = await Promise.all(kinds.map(({ name: kind }) => observationsOf(connector, target, { kind })))
  return lists.flat().flatMap((one) => ('id' in one ? [one.id] : []))
}

function carriedBy({ manifest }: Connector, carrier: string): readonly string[] {
  return manifest.kinds.filter((kind) => kind.carriedBy === carrier).map((kind) => kind.name)
}

/** `listed`: everything the list of this place says of all accounts. */
async function heldComplaints(
  connector: Connector,
  session: Session,
  place: Place,
  account: string,
  listed: readonly GrantObservation[],
): Promise<readonly Complaint[]> {
  const within = place.container === undefined ? {} : { within: place.container }
  const result = await connector.held![place.kind]!(session, { account, ...within })
  const where = `${name(place)}: what ${account} holds`
  if ('failure' in result) return [`${where} failed with ${result.failure.code}`]
  const { grants, covers = () => true } = result
  const texts = new Set(grants.map((grant) => JSON.stringify(grant)))
  const own = listed.filter((grant) => grant.account === account)
  const inPlace = new Set(listed.map(({ entitlement }) => entitlement))
  return [
    ...own.filter((one) => !texts.has(JSON.stringify(one))).map(() => `${where} lacks what is listed`),
    ...own.filter((one) => !covers(one.entitlement)).map(() => `${where} is said not to be covered`),
    ...grants
      .filter((one) => inPlace.has(one.entitlement) && !own.some((known) => isDeepStrictEqual(known, one)))
      .map(() => `${where} is in no list`),
    ...grants.filter((one) => one.account !== account).map(() => `${where} is a grant of somebody else`),
  ]
}

/** Who does not exist holds nothing; only an id that cannot be one may be refused instead. */
async function heldByNobody(
  connector: Connector,
  session: Session,
  { kind, container }: Place,
  absent: string | undefined,
): Promise<readonly Complaint[]> {
  const within = container === undefined ? {} : { within: container }
  const result = await connector.held![kind]!(session, { account: absent ?? nobody, ...within })
  if ('failure' in result)
    return absent === undefined ? [] : [`${kind}: of nobody, failed with ${result.failure.code}`]
  return result.grants.length === 0 ? [] : [`${kind}: nobody holds something`]
}

async function lookedInVain(connector: Connector, target: ConformanceTarget): Promise<readonly Complaint[]> {
  const complaints: Complaint[] = []
  const stopped = { why: 'stopped', session: target.open({ signal: AbortSignal.abort() }) }
  const said = (where: string, answer: { readonly failure: Failure } | object): readonly Complaint[] =>
    'failure' in answer ? failureComplaints(where, answer.failure) : [`${where}: answered all the same`]
  for (const { why, session } of [...target.broken(), stopped]) {
    const looks: (readonly [string, () => Promise<object>])[] = [
      ...Object.entries(connector.find ?? {}).map(
        ([kind, find]) => [`${why}: finding ${kind}`, () => find(session, nobody)] as const,
      ),
      ...Object.entries(connector.held ?? {}).map(
        ([kind, held]) =>
          [`${why}: ${kind} held`, () => held(session, { account: nobody, within: nobody })] as const,
      ),
      ...(connector.permissions
        ? [[`${why}: permissions`, () => connector.permissions!(session, nobody)] as const]
        : []),
    ]
    for (const [where, look] of looks) {
      const result = await settled(look)
      complaints.push(
        ...('thrown' in result ? [`${where} threw ${result.thrown}`] : said(where, result.value)),
      )
    }
  }
  if (stopped.session.http.stats.total > 0) complaints.push('stopped: a request was sent')
  return complaints.slice(0, 10)
}

async function tied(connector: Connector, target: ConformanceTarget): Promise<readonly Complaint[]> {
  const { kinds } = connector.manifest
  const byType = new Map<string, Set<string>>()
  for (const kind of startsOf(connector)) {
    if (kind.yields !== 'entitlement') continue
    const observations = await observationsOf(connector, target, { kind: kind.name })
    byType.set(kind.entitlementType!, new Set(observations.flatMap((one) => ('id' in one ? [one.id] : []))))
  }
  const complaints: Complaint[] = []
  for (const place of await placesOf(connector, target)) {
    const { pages } = await readAll(connector, target.open(), place)
    for (const page of pages)
      for (const [of, observations] of [
        [place.kind, page.observations] as const,
        ...Object.entries(page.carried ?? {}),
      ]) {
        const kind = kinds.find((one) => one.name === of)
        if (kind) complaints.push(...observations.flatMap((one) => unnamed(kind, one, byType)))
      }
  }
  return [...new Set(complaints)].slice(0, 10)
}

function unnamed(
  { name: kind, tie, allowsAs, inside }: ObjectKind,
  one: Observation,
  byType: ReadonlyMap<string, ReadonlySet<string>>,
): readonly Complaint[] {
  if (one.type !== 'entitlement') return []
  const gain = tie && 'gain' in tie ? tie.gain : undefined
  const others = [tie?.holdersOf, gain, allowsAs, inside].filter((other) => other !== undefined)
  const wrong = others.filter(({ type, idIn }) => {
    const id = one.attributes[idIn]
    return typeof id !== 'string' || byType.get(type)?.has(id) === false
  })
  const words = tie && 'allows' in tie ? [tie.allows.nameIn, tie.allows.apiIn] : []
  return [
    ...wrong.map(({ type, idIn }) => `${kind}: ${idIn} of ${one.id} names no ${type}`),
    ...words
      .filter((word) => typeof one.attributes[word] !== 'string')
      .map((word) => `${kind}: ${one.id} has no ${word}`),
  ]
}
