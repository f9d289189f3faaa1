import type { Connector, ObjectKind } from '../connector.ts'
import type { Failure } from '../failure.ts'
import type { Observation } from '../observation.ts'
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

const fewObjects = 8
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
    const none = await find(session, nobody)
    if ('found' in none && none.found !== null) complaints.push(`${kind}: somebody is found who is not there`)
  }
  for (const place of (await placesOf(connector, target)).filter(({ kind }) => connector.held?.[kind])) {
    const holders = (await observationsOf(connector, target, place)).slice(0, fewObjects)
    for (const holder of holders) complaints.push(...(await heldComplaints(connector, target, place, holder)))
  }
  return complaints.slice(0, 10)
}

async function heldComplaints(
  connector: Connector,
  target: ConformanceTarget,
  place: Place,
  grant: Observation,
): Promise<readonly Complaint[]> {
  if (grant.type !== 'grant') return []
  const result = await connector.held![place.kind]!(target.open(), { account: grant.account })
  if ('failure' in result)
    return [`${name(place)}: what ${grant.account} holds failed with ${result.failure.code}`]
  const isThere = result.grants.some((one) => JSON.stringify(one) === JSON.stringify(grant))
  const others = result.grants.filter((one) => one.account !== grant.account)
  return [
    ...(isThere ? [] : [`${name(place)}: ${grant.account} is listed and does not hold it`]),
    ...(others.length === 0 ? [] : [`${place.kind}: a grant of somebody else`]),
  ]
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
