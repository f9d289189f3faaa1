import { enteredScopes, type Failure, type HintPage, type Json } from '@owlie/connector-kit'
import { isRefusedValue } from '../inventory/index.ts'
import { collectHints, type Wanted } from './collect-hints.ts'
import { badHint, moreThanFull, tooMuchChanged } from './failures.ts'
import { incrementalObstacle } from './judge-incremental.ts'
import { judgeFailure } from './judge-failure.ts'
import { reread } from './reread.ts'
import { storeFindings } from './store-findings.ts'
import * as shelf from './store-hints.ts'
import { findKinds, findRun } from './store.ts'
import { TooMuch } from './too-much.ts'
import { commit, isOver, type Outcome, type Turn } from './turn.ts'

/** Fewer requests than this are never compared with what a full run takes. */
const freeReads = 200

/**
 * Carries an incremental run on: page after page of hints, the objects they name read again one by one, and what that
 * brought stored together with the run's place among the hints.
 */
export async function followHints(turn: Turn): Promise<Outcome> {
  const begun = await begin(turn)
  if ('failure' in begun) return { is: 'failed', failure: begun.failure }
  let { cursor, spent } = begun
  for (;;) {
    if (turn.signal.aborted) return { is: 'aborted' }
    const answer = await turn.connector.hints!.read(turn.held.open.session, cursor)
    if (turn.signal.aborted) return { is: 'aborted' }
    if ('failure' in answer) return judged(answer.failure)
    const { page } = answer
    if (page.end.is === 'lost') return { is: 'lost', failure: page.end.why }
    const wanted = await unknownOf(turn, page)
    if (wanted.strange.length > 0) return { is: 'failed', failure: badHint(wanted.strange[0]!) }
    spent += 1 + wanted.objects.length + wanted.holders.length
    if (spent > begun.most) return { is: 'lost', failure: moreThanFull(begun.most) }
    const read = await reread(turn, wanted)
    if (turn.signal.aborted) return { is: 'aborted' }
    if ('failure' in read) return judged(read.failure)
    const next = page.end.cursor
    const known = page.hints.length - wanted.objects.length - wanted.holders.length
    const moved = { cursor: next, hints: page.hints.length, known }
    const stopped = await store(turn, read.findings, moved)
    if (stopped) return { is: 'lost', failure: stopped }
    turn.pages += 1
    if (page.end.is === 'now') return { is: 'ended' }
    if (JSON.stringify(next) === JSON.stringify(cursor))
      return { is: 'failed', failure: badHint('a place it had been at before') }
    cursor = next
    if (isOver(turn)) return { is: 'over' }
  }
}

interface Begun {
  readonly cursor: Json
  /** Requests made so far, and the most there may be. */
  readonly spent: number
  readonly most: number
}

/** Where to go on: the run's own place, or the connection's checkpoint when it has none yet. */
async function begin(turn: Turn): Promise<Begun | { readonly failure: Failure }> {
  const { connection } = turn.held.open
  return commit(turn, null, async (trx) => {
    const run = (await findRun(trx, turn.run.id))!
    const checkpoint = await shelf.findHintCheckpoint(trx, run.connectionId)
    const granted = enteredScopes(turn.connector, connection.config).filter((scope) =>
      turn.granted.includes(scope),
    )
    const obstacle = incrementalObstacle({
      ...{ connector: turn.connector, entered: granted, checkpoint },
      connectionVersion: connection.version,
    })
    if (obstacle) return { failure: obstacle }
    const base = await findRun(trx, checkpoint!.baseRun)
    const most = Math.max(freeReads, base?.requests.total ?? 0)
    const cursor = run.hintCursor ?? checkpoint!.cursor
    if (run.hintCursor === null)
      await shelf.moveRun(trx, run.id, { cursor: checkpoint!.cursor, hints: 0, known: 0 })
    return { cursor, spent: run.requests.total, most }
  })
}

/** What a page asks for, without what is known to be as the target says it is now. */
async function unknownOf(turn: Turn, page: HintPage): Promise<Wanted> {
  const { connector, inventory, run } = turn
  return turn.database.tenant(turn.tenantId, async (trx) => {
    const open = (await findKinds(trx, [run.id])).filter(({ state }) => state !== 'ended')
    const followed = new Set(open.map(({ kind }) => kind))
    const wanted = collectHints(page.hints, connector.hints!.kinds, followed)
    const known = new Set<string>()
    for (const kind of connector.manifest.kinds) {
      const versions = wanted.objects.flatMap((one) =>
        one.kind === kind.name && one.version ? [{ id: one.id, ...one.version }] : [],
      )
      const of = { connectionId: run.connectionId, kind }
      for (const id of await inventory.knownVersions(trx, of, versions)) known.add(`${kind.name} ${id}`)
    }
    const objects = wanted.objects.filter(({ kind, id, version }) => !version || !known.has(`${kind} ${id}`))
    return { ...wanted, objects }
  })
}

/** One transaction: what was found, and the run's place behind it. Null, or why it may not be stored. */
async function store(
  turn: Turn,
  findings: Parameters<typeof storeFindings>[2],
  moved: shelf.Moved,
): Promise<Failure | null> {
  const at = new Date(turn.clock.now())
  const keep = (careful: boolean) =>
    commit(turn, at, async (trx) => {
      await storeFindings(trx, turn, findings, at, careful)
      await shelf.moveRun(trx, turn.run.id, moved)
    })
  try {
    await keep(false).catch((error: unknown) => {
      if (!isRefusedValue(error)) throw error
      return keep(true)
    })
    return null
  } catch (error) {
    if (error instanceof TooMuch) return tooMuchChanged(error.label, error.reasons)
    throw error
  }
}

/** Nothing of a run of hints can be left out: what it does not follow now, nobody would follow later. */
function judged(failure: Failure): Outcome {
  const isPark = judgeFailure(failure, { inContainer: false, hadCursor: false, restarts: 0 }) === 'park'
  return { is: isPark ? 'parked' : 'failed', failure }
}
