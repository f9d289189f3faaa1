import { describe, expect, test } from 'vitest'
import type { Check, Connector, Session } from '../connector.ts'
import type { Failure } from '../failure.ts'
import type { Door } from '../http.ts'
import type { AccountObservation, Json, ReadResult } from '../observation.ts'
import { Secret } from '../secret.ts'
import { type ConformanceTarget, rules } from './rules.ts'

/** What a connector may do wrong on purpose. Each lie must be caught by the rule named with it. */
interface Lies {
  readonly sameCursor?: boolean
  readonly functionCursor?: boolean
  readonly twice?: boolean
  readonly wrongType?: boolean
  readonly clockInAttributes?: boolean
  readonly memory?: boolean
  readonly twoRequests?: boolean
  readonly leak?: boolean
  readonly throws?: boolean
  readonly emptyWhenBroken?: boolean
  readonly noRemedy?: boolean
  readonly deaf?: boolean
  readonly runningRow?: boolean
  readonly greenWhenBroken?: boolean
  readonly lostReader?: boolean
  readonly truncates?: boolean
}

const people = Array.from({ length: 7 }, (_, at) => `person-${at}`)
const theSecret = 'correct-horse-battery'
let reading = 0

function liar(lies: Lies): Connector {
  const remembered = new Map<Session, number>()
  const refused = (secret: string): Failure => ({
    kind: 'credential',
    code: 'memory.refused',
    message: lies.leak ? `refused ${secret}` : 'refused',
    remedy: lies.noRemedy ? '' : 'check the secret',
  })
  const account = (id: string): AccountObservation => ({
    type: 'account',
    id,
    displayName: id,
    email: null,
    status: 'active',
    attributes: lies.clockInAttributes ? { seen: ++reading } : {},
  })
  const read = (session: Session, { cursor }: { cursor: Json }): Promise<ReadResult> => {
    if (session.signal.aborted && !lies.deaf)
      return Promise.resolve({ failure: { ...refused(''), kind: 'unavailable', code: 'memory.stopped' } })
    const door = session.http as Door & { count(): void }
    door.count()
    if (lies.twoRequests) door.count()
    const secret = session.secrets.secret?.reveal() ?? ''
    if (secret !== theSecret) {
      if (lies.throws) throw new TypeError('no such secret')
      if (lies.emptyWhenBroken)
        return Promise.resolve({ page: { observations: [], end: { is: 'complete' } } })
      return Promise.resolve({ failure: refused(secret) })
    }
    const at = lies.memory
      ? (remembered.get(session) ?? 0)
      : Number((cursor as { at?: number } | null)?.at ?? 0)
    remembered.set(session, at + 2)
    const observations = people.slice(at, at + (lies.twice ? 3 : 2)).map(account)
    if (lies.truncates && at >= 4)
      return Promise.resolve({ page: { observations, end: { is: 'truncated', why: refused('') } } })
    const next = lies.sameCursor && at >= 2 ? 2 : at + 2
    const more = lies.functionCursor
      ? ({ at: next, f: undefined, d: new Date(0) } as unknown as Json)
      : { at: next }
    const typed = lies.wrongType
      ? observations.map(
          ({ id }) => ({ type: 'grant', account: id, entitlement: 'x', grantType: 'y' }) as const,
        )
      : observations
    const end =
      at + 2 >= people.length ? ({ is: 'complete' } as const) : ({ is: 'more', cursor: more } as const)
    return Promise.resolve({ page: { observations: typed, end } })
  }
  return {
    manifest: {
      name: 'memory',
      label: 'Memory',
      summary: 'Nothing.',
      fields: [
        { name: 'host', label: 'Host', input: 'text', required: true, hint: 'Any.', bindsSecrets: true },
      ],
      kinds: [
        {
          name: 'people',
          label: 'People',
          yields: 'account',
          prerequisites: [],
          scopes: ['read'],
          capability: 'read',
        },
      ],
      capabilities: [{ name: 'read', label: 'Read', group: 'read', scopes: ['read'], purpose: 'See.' }],
      presets: [],
    },
    hosts: [],
    route: (method) => method,
    checkConfig: (config) => ({ config, failures: [] }),
    adviseScopes: () => ({
      entered: [],
      unknown: [],
      neverNeeded: [],
      dangerous: [],
      capabilities: [],
      minimal: [],
      missing: [],
    }),
    test(session, listen) {
      const fine = session.secrets.secret?.reveal() === theSecret || lies.greenWhenBroken
      const row: Check = fine
        ? {
            name: 'secret',
            label: 'Secret',
            status: lies.runningRow ? 'running' : 'passed',
            sentence: 'Fine.',
            durationMs: 1,
          }
        : {
            name: 'secret',
            label: 'Secret',
            status: 'failed',
            sentence: 'No.',
            durationMs: 1,
            failure: refused(''),
          }
      listen?.([row])
      return Promise.resolve([row])
    },
    grantedScopes: () => Promise.resolve({ scopes: ['read'] }),
    read: lies.lostReader ? {} : { people: read },
  }
}

function memoryTarget(): ConformanceTarget {
  const open: ConformanceTarget['open'] = (overrides) => {
    let total = 0
    const door = {
      get stats() {
        return { total }
      },
      count: () => void total++,
    }
    return {
      config: {},
      secrets: { secret: new Secret(theSecret) },
      http: door as unknown as Door,
      clock: { now: () => 0, monotonic: () => 0, sleep: () => Promise.resolve() },
      signal: new AbortController().signal,
      memo: new Map(),
      ...overrides,
    }
  }
  return {
    open,
    secrets: [theSecret, 'wrong-one'],
    broken: () => [
      { why: 'a wrong secret', session: open({ secrets: { secret: new Secret('wrong-one') } }) },
    ],
    close: () => Promise.resolve(),
  }
}

async function broken(lies: Lies): Promise<string[]> {
  const results: string[] = []
  for (const { sentence, check } of rules) {
    const complaints = await check(liar(lies), memoryTarget()).catch((error: unknown) => [String(error)])
    if (complaints.length > 0) results.push(sentence)
  }
  return results
}

test('an honest connector has nothing to fear', async () => {
  expect(await broken({})).toEqual([])
})

const sentence = (part: string) => expect.arrayContaining([expect.stringContaining(part)]) as string[]

describe('every lie is caught by the rule that is for it', () => {
  test.each([
    [{ sameCursor: true }, 'cursors move'],
    [{ functionCursor: true }, 'cursors move'],
    [{ twoRequests: true }, 'one request per page'],
    [{ truncates: true }, 'positive end'],
    [{ twice: true }, 'each id once'],
    [{ wrongType: true }, 'declared type'],
    [{ clockInAttributes: true }, 'byte for byte'],
    [{ memory: true }, 'used again after a crash'],
    [{ leak: true }, 'no secret'],
    [{ throws: true }, 'never thrown'],
    [{ emptyWhenBroken: true }, 'classified failure'],
    [{ noRemedy: true }, 'classified failure'],
    [{ deaf: true }, 'stopped session'],
    [{ runningRow: true }, 'ends every row'],
    [{ greenWhenBroken: true }, 'ends every row'],
    [{ lostReader: true }, 'manifest is whole'],
  ] as [Lies, string][])('%j', async (lies, part) => {
    expect(await broken(lies)).toEqual(sentence(part))
  })
})
