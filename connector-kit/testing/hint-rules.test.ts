import { describe, expect, test } from 'vitest'
import type { Change } from '../change.ts'
import type { Connector, Hint, HintPage, Session } from '../connector.ts'
import type { Failure } from '../failure.ts'
import type { Door } from '../http.ts'
import type { Json } from '../observation.ts'
import { Secret } from '../secret.ts'
import { hintRules } from './hint-rules.ts'
import type { ConformanceTarget } from './rules.ts'

/** A small target with a journal: what is written to it is hinted, two entries to a page. */

interface Lies {
  readonly unknownKind?: boolean
  readonly cannotLook?: boolean
  readonly strangeScope?: boolean
  readonly hintsOthers?: boolean
  readonly sameCursor?: boolean
  readonly dateCursor?: boolean
  readonly neverEnds?: boolean
  readonly manyRequests?: boolean
  readonly forgetsOnReading?: boolean
  readonly wanders?: boolean
  readonly lostAtOnce?: boolean
  readonly forgets?: 'people' | 'holders' | 'deleted'
  readonly alwaysLost?: boolean
  readonly emptyWhenBroken?: boolean
  readonly throws?: boolean
  readonly leaks?: boolean
  readonly trustsAnyCursor?: boolean
  readonly deaf?: boolean
}

const theSecret = 'correct-horse-battery'
const person = (id: string) => ({
  ...{ type: 'account', id, displayName: id, email: null, status: 'active', attributes: {} },
})
const kinds = [
  { name: 'people', yields: 'account' },
  { name: 'holders', yields: 'grant' },
  { name: 'places', yields: 'entitlement' },
]

interface Memory {
  readonly people: Set<string>
  readonly journal: Hint[]
}

function memory(): Memory {
  return { people: new Set(['ann']), journal: [1, 2, 3].map((at) => ({ kind: 'people', id: `old-${at}` })) }
}

function liar(lies: Lies, { people, journal }: Memory): Connector {
  const failure = (session: Session): Failure => ({
    ...{ kind: 'credential', code: 'memory.refused', remedy: 'check the secret' },
    message: lies.leaks ? `refused ${session.secrets.secret?.reveal()}` : 'refused',
  })
  const isBroken = ({ signal, secrets }: Session) =>
    (signal.aborted && !lies.deaf) || secrets.secret?.reveal() !== theSecret
  const ask = (session: Session) => {
    const door = session.http as Door & { count(): void }
    for (let sent = 0; sent < (lies.manyRequests ? 4 : 1); sent++) door.count()
  }
  const lost = (session: Session): { page: HintPage } => ({
    page: { hints: [], end: { is: 'lost', why: failure(session) } },
  })
  let readings = 0
  const known = (hint: Hint) => {
    if ('holder' in hint) return lies.forgets !== 'holders'
    const isDeleted = !hint.id.startsWith('old') && !people.has(hint.id)
    return lies.forgets !== 'people' && !(lies.forgets === 'deleted' && isDeleted)
  }
  const read = (session: Session, cursor: Json): { page: HintPage } | { failure: Failure } => {
    readings += 1
    if (isBroken(session)) {
      if (lies.throws) throw new TypeError('no')
      const nothing: HintPage = { hints: [], end: { is: 'now', cursor: { at: 0 } } }
      return lies.emptyWhenBroken ? { page: nothing } : { failure: failure(session) }
    }
    const at = (cursor as { at?: Json } | null)?.at
    if (typeof at !== 'number' && !lies.trustsAnyCursor) return lost(session)
    ask(session)
    const from = typeof at === 'number' ? at : 0
    if (lies.alwaysLost || (lies.lostAtOnce && readings > 1)) return lost(session)
    if (lies.forgetsOnReading && readings > 3)
      return { page: { hints: [], end: { is: 'now', cursor: { at: from } } } }
    const hints = journal.slice(from, from + 2).filter(known)
    if (lies.hintsOthers) hints.push({ kind: 'places', id: 'hall' })
    if (lies.wanders) hints.push({ kind: 'people', id: `wandering-${readings}` })
    const next = { at: Math.min(from + 2, journal.length), ...(lies.dateCursor ? { seen: new Date(0) } : {}) }
    const isEnd = next.at >= journal.length && !lies.neverEnds
    const moved = (lies.sameCursor
      ? { at: 0 }
      : lies.neverEnds
        ? { at: 0, readings }
        : next) as unknown as Json
    return { page: { hints, end: { is: isEnd && !lies.sameCursor ? 'now' : 'more', cursor: moved } } }
  }
  const write = (session: Session, { action, target, changeId }: Change) => {
    ask(session)
    const id = target.account?.[0] ?? changeId
    if (action === 'create') people.add(id)
    if (action === 'delete') people.delete(id)
    journal.push(action === 'give' ? { kind: 'holders', holder: { account: id } } : { kind: 'people', id })
    return Promise.resolve({ is: 'applied' as const })
  }
  const find = (_: Session, id: string) => Promise.resolve({ found: people.has(id) ? person(id) : null })
  return {
    manifest: { kinds, capabilities: [{ name: 'follow', scopes: ['read:log'] }], actions: [] },
    find: lies.cannotLook ? {} : { people: find },
    held: { holders: () => Promise.resolve({ grants: [] }) },
    // A created one is looked for by name.
    match: { people: (session: Session, key: { name: string }) => find(session, key.name) },
    apply: { create: write, delete: write, give: write },
    looks({ action, target, changeId }: Change) {
      const id = target.account?.[0] ?? changeId
      if (action === 'give') return [{ kind: 'holders', reference: { account: id, entitlement: 'editor' } }]
      const reference = action === 'create' ? { name: id } : { id }
      return [{ kind: 'people', reference }]
    },
    hints: {
      scopes: [lies.strangeScope ? 'read:minds' : 'read:log'],
      capability: 'follow changes',
      kinds: ['people', 'holders', ...(lies.unknownKind ? ['ghosts'] : [])],
      start(session: Session) {
        if (isBroken(session) && !lies.emptyWhenBroken) {
          if (lies.throws) throw new TypeError('no')
          return Promise.resolve({ failure: failure(session) })
        }
        ask(session)
        return Promise.resolve({ cursor: { at: Math.max(0, journal.length - 3) } })
      },
      // A throw is a rejection.
      read: async (session: Session, cursor: Json) => Promise.resolve(read(session, cursor)),
    },
  } as unknown as Connector
}

function target(): ConformanceTarget {
  const open: ConformanceTarget['open'] = (overrides) => {
    let total = 0
    const door = {
      get stats() {
        return { total }
      },
      count: () => void total++,
    }
    return {
      ...{ config: {}, secrets: { secret: new Secret(theSecret) }, memo: new Map() },
      http: door as unknown as Door,
      clock: { now: () => 0, monotonic: () => 0, sleep: () => Promise.resolve() },
      signal: new AbortController().signal,
      ...overrides,
    }
  }
  const sample = (action: string, changeId: string, account?: string): Change => ({
    ...{ action, changeId, input: {} },
    target: account === undefined ? {} : { account: [account] },
  })
  return {
    open,
    secrets: [theSecret, 'wrong-one'],
    broken: () => [
      { why: 'a wrong secret', session: open({ secrets: { secret: new Secret('wrong-one') } }) },
    ],
    writes: {
      samples: () =>
        Promise.resolve([
          sample('create', 'dan'),
          sample('give', 'one', 'ann'),
          sample('delete', 'two', 'ann'),
        ]),
      effectsOf: () => 1,
      spoil: () => undefined,
    },
    close: () => Promise.resolve(),
  }
}

async function caught(lies: Lies): Promise<string[]> {
  const broken: string[] = []
  for (const { sentence, check } of hintRules)
    if ((await check(liar(lies, memory()), target())).length > 0) broken.push(sentence)
  return broken
}

test('an honest connector has nothing to fear, and one without hints neither', async () => {
  expect(await caught({})).toEqual([])
  const { hints: _, ...without } = liar({}, memory())
  for (const { check } of hintRules) expect(await check(without, target())).toEqual([])
})

describe('every lie is caught by the rule that is for it', () => {
  test.each([
    [{ unknownKind: true }, 'promised'],
    [{ cannotLook: true }, 'looked up'],
    [{ strangeScope: true }, 'promised'],
    [{ hintsOthers: true }, 'followed to the present'],
    [{ sameCursor: true }, 'cursors move'],
    [{ dateCursor: true }, 'cursors move'],
    [{ neverEnds: true }, 'followed to the present'],
    [{ manyRequests: true }, 'followed to the present'],
    [{ forgetsOnReading: true }, 'brings the same again'],
    [{ wanders: true }, 'brings the same again'],
    [{ lostAtOnce: true }, 'followed to the present'],
    [{ forgets: 'people' }, 'is hinted'],
    [{ forgets: 'holders' }, 'is hinted'],
    [{ forgets: 'deleted' }, 'is hinted'],
    [{ alwaysLost: true }, 'is hinted'],
    [{ emptyWhenBroken: true }, 'nothing new'],
    [{ throws: true }, 'nothing new'],
    [{ leaks: true }, 'nothing new'],
    [{ trustsAnyCursor: true }, 'nothing new'],
    [{ deaf: true }, 'nothing new'],
  ] as [Lies, string][])('%j', async (lies, part) => {
    expect(await caught(lies)).toEqual(expect.arrayContaining([expect.stringContaining(part)]))
  })
})
