import { describe, expect, test } from 'vitest'
import type { Connector, ObjectKind, Session } from '../connector.ts'
import type { Failure } from '../failure.ts'
import type { Door } from '../http.ts'
import type {
  AccountObservation,
  EntitlementObservation,
  GrantObservation,
  Observation,
} from '../observation.ts'
import { Secret } from '../secret.ts'
import { lookupRules } from './lookup-rules.ts'
import type { ConformanceTarget } from './rules.ts'

/** A small target in memory: people, roles, who holds them, and what they allow. */

interface Lies {
  readonly forgets?: 'people' | 'holders'
  readonly invents?: boolean
  readonly findsOtherwise?: boolean
  readonly findsAnybody?: boolean
  readonly heldElsewhere?: boolean
  readonly heldNothing?: boolean
  readonly heldByNobody?: boolean
  readonly heldByAll?: boolean
  readonly heldNotCovered?: boolean
  readonly carriedForgotten?: boolean
  readonly refusesNobody?: boolean
  readonly asksWhenStopped?: boolean
  readonly brokenIsNone?: boolean
  readonly brokenThrows?: boolean
  readonly tieWithoutName?: boolean
  readonly tieToNothing?: boolean
}

const people = ['ann', 'bob', 'cy']
const holders = ['ann', 'cy']
const theSecret = 'correct-horse-battery'

const kind = (name: string, more: Partial<ObjectKind>): ObjectKind => ({
  ...{ name, label: name, yields: 'entitlement', prerequisites: [], scopes: ['read'], capability: 'read' },
  ...more,
})

const kinds: readonly ObjectKind[] = [
  kind('people', { yields: 'account' }),
  kind('roles', { entitlementType: 'role' }),
  kind('holders', { yields: 'grant', entitlementType: 'role', container: 'roles' }),
  kind('titles', { yields: 'grant', entitlementType: 'title', carriedBy: 'holders' }),
  kind('permissions', {
    entitlementType: 'permission',
    tie: {
      holdersOf: { type: 'role', idIn: 'role' },
      allows: { nameIn: 'name', apiIn: 'api', apiNameIn: 'apiName' },
    },
  }),
]

const person = (id: string, displayName = id): AccountObservation => ({
  ...{ type: 'account', id, displayName, email: null, status: 'active', attributes: {} },
})
const holds = (account: string): GrantObservation => ({
  ...{ type: 'grant', account, entitlement: 'editor', grantType: 'role' },
})
const titled = (account: string): GrantObservation => ({
  ...{ type: 'grant', account, entitlement: 'chief', grantType: 'title' },
})
const entitlement = (
  entitlementType: string,
  id: string,
  attributes: EntitlementObservation['attributes'],
): EntitlementObservation => ({
  ...{ type: 'entitlement', entitlementType, id, displayName: id, description: null, attributes },
})

function liar(lies: Lies): Connector {
  const refused: Failure = {
    ...{ kind: 'credential', code: 'memory.refused', message: 'refused', remedy: 'check the secret' },
  }
  const works = ({ signal, secrets }: Session): boolean =>
    !signal.aborted && secrets.secret?.reveal() === theSecret
  const permission = entitlement('permission', 'editor write', {
    role: lies.tieToNothing ? 'gone' : 'editor',
    api: 'portal',
    ...(lies.tieWithoutName ? {} : { name: 'write' }),
  })
  const all: Readonly<Record<string, readonly Observation[]>> = {
    people: [...people, ...(lies.invents ? ['dan'] : [])]
      .filter((id) => lies.forgets !== 'people' || id !== 'bob')
      .map((id) => person(id)),
    roles: [entitlement('role', 'editor', {})],
    holders: holders.filter((id) => lies.forgets !== 'holders' || id !== 'cy').map(holds),
    permissions: [permission],
  }
  const read = (of: string) => (session: Session) =>
    Promise.resolve(
      works(session)
        ? {
            page: {
              ...{ observations: all[of]!, end: { is: 'complete' as const } },
              ...(of === 'holders' ? { carried: { titles: [titled('ann')] } } : {}),
            },
          }
        : { failure: refused },
    )
  const look = <T extends object>(
    session: Session,
    none: T,
    answer: () => T | { failure: Failure },
  ): Promise<T | { failure: Failure }> => {
    if (works(session)) return Promise.resolve(answer())
    if (lies.asksWhenStopped) (session.http.stats as { total: number }).total += 1
    if (lies.brokenThrows) return Promise.reject(new TypeError('no'))
    return Promise.resolve(lies.brokenIsNone ? none : { failure: refused })
  }
  return {
    manifest: { kinds },
    read: Object.fromEntries(kinds.map(({ name }) => [name, read(name)])),
    find: {
      people: (session: Session, id: string) =>
        look(session, { found: null }, () => {
          if (lies.refusesNobody && !people.includes(id)) return { failure: refused }
          if (!people.includes(id)) return { found: lies.findsAnybody ? person(id) : null }
          return { found: person(id, lies.findsOtherwise ? 'Somebody' : id) }
        }),
    },
    held: {
      holders: (session: Session, { account }: { account: string }) =>
        look(session, { grants: [] }, () => {
          if (lies.heldElsewhere) return { grants: ['ann', 'cy'].map(holds) }
          if (lies.heldByAll && people.includes(account)) return { grants: [holds(account)] }
          if (lies.heldByNobody && !people.includes(account)) return { grants: [holds(account)] }
          if (lies.heldNotCovered) return { grants: [], covers: () => false }
          return { grants: holders.includes(account) && !lies.heldNothing ? [holds(account)] : [] }
        }),
      titles: (session: Session, { account }: { account: string }) =>
        look(session, { grants: [] }, () => ({
          grants: account === 'ann' && !lies.carriedForgotten ? [titled(account)] : [],
        })),
    },
  } as unknown as Connector
}

function target(): ConformanceTarget {
  const open: ConformanceTarget['open'] = (overrides) => ({
    ...{ config: {}, secrets: { secret: new Secret(theSecret) }, memo: new Map() },
    http: { stats: { total: 0 } } as unknown as Door,
    clock: { now: () => 0, monotonic: () => 0, sleep: () => Promise.resolve() },
    signal: new AbortController().signal,
    ...overrides,
  })
  return {
    open,
    secrets: [],
    broken: () => [{ why: 'a wrong secret', session: open({ secrets: { secret: new Secret('wrong') } }) }],
    absent: () => 'zoe',
    truth: (of) => ({ people, holders })[of as 'people'] ?? null,
    close: () => Promise.resolve(),
  }
}

async function caught(lies: Lies): Promise<string[]> {
  const broken: string[] = []
  for (const { sentence, check } of lookupRules)
    if ((await check(liar(lies), target())).length > 0) broken.push(sentence)
  return broken
}

test('an honest connector has nothing to fear', async () => {
  expect(await caught({})).toEqual([])
})

describe('every lie is caught by the rule that is for it', () => {
  test.each([
    [{ forgets: 'people' }, 'all there is'],
    [{ forgets: 'holders' }, 'all there is'],
    [{ invents: true }, 'nothing else'],
    [{ findsOtherwise: true }, 'what the lists say'],
    [{ findsAnybody: true }, 'nobody is found'],
    [{ heldElsewhere: true }, 'held by an account'],
    [{ heldNothing: true }, 'held by an account'],
    [{ heldByNobody: true }, 'held by an account'],
    [{ heldByAll: true }, 'held by an account'],
    [{ heldNotCovered: true }, 'held by an account'],
    [{ carriedForgotten: true }, 'held by an account'],
    [{ refusesNobody: true }, 'nobody is found'],
    [{ asksWhenStopped: true }, 'cannot work'],
    [{ brokenIsNone: true }, 'cannot work'],
    [{ brokenThrows: true }, 'cannot work'],
    [{ tieWithoutName: true }, 'names them'],
    [{ tieToNothing: true }, 'they are there'],
  ] as [Lies, string][])('%j', async (lies, part) => {
    expect(await caught(lies)).toEqual(expect.arrayContaining([expect.stringContaining(part)]))
  })
})
