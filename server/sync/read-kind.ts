import type { Failure, Json, ObjectKind, PageRequest } from '@owlie/connector-kit'
import { canonical } from '../inventory/index.ts'
import { failPoint } from '../fail-point.ts'
import { commitPage, commitRestart, commitVanished, finishKind } from './commit-page.ts'
import { judgeFailure } from './judge-failure.ts'
import { judgePage } from './judge-page.ts'
import { type PageStream, readAhead, type ReadPage, type Taken } from './read-ahead.ts'
import * as progress from './store-progress.ts'
import type { KindEnd, KindRow } from './sync-run.ts'
import { commit, isLastPage, isOver, type ListState, ofRun, type Outcome, type Turn } from './turn.ts'

/** Container ids fetched at a time. */
const batchSize = 200

/** Reads a kind from its checkpoint until it has ended or the turn is over. */
export function readKind(
  turn: Turn,
  kind: ObjectKind,
  row: KindRow,
  containersTotal: number | null,
): Promise<Outcome> {
  return kind.container === undefined
    ? readList(turn, kind, row)
    : readContainers(turn, kind, row, containersTotal ?? 0)
}

/** What one page, or the lack of one, has led to. */
type Step =
  | { readonly is: 'page'; readonly row: KindRow; readonly isListDone: boolean }
  | { readonly is: 'restarted'; readonly row: KindRow }
  | { readonly is: 'stop'; readonly outcome: Outcome }

async function readList(turn: Turn, kind: ObjectKind, from: KindRow): Promise<Outcome> {
  let row = from
  let stream = open(turn, kind, null, row.cursor)
  for (;;) {
    const step = await take(turn, { kind, row, container: null }, stream)
    if (step.is === 'stop') return step.outcome
    row = step.row
    if (step.is === 'restarted') stream = open(turn, kind, null, null)
    else if (step.isListDone) return { is: 'ended' }
    if (isOver(turn)) return { is: 'over' }
  }
}

interface Started {
  readonly container: string
  stream: PageStream
}

async function readContainers(
  turn: Turn,
  kind: ObjectKind,
  from: KindRow,
  containersTotal: number,
): Promise<Outcome> {
  let row = from
  if (row.containersTotal === null)
    await commit(turn, null, (trx) =>
      progress.setContainersTotal(trx, turn.run.id, kind.name, containersTotal),
    )
  row = { ...row, containersTotal }
  const started: Started[] = row.withinContainer
    ? [{ container: row.container!, stream: open(turn, kind, row.container, row.cursor) }]
    : []
  const ids = containerIds(turn, kind, row.container)
  for (;;) {
    await startMore(turn, kind, started, ids)
    const first = started[0]
    if (!first) {
      await commit(turn, null, (trx) => finishKind(trx, turn, kind, row))
      return { is: 'ended' }
    }
    const step = await take(turn, { kind, row, container: first.container }, first.stream)
    if (step.is === 'stop') return step.outcome
    row = step.row
    if (step.is === 'restarted') first.stream = open(turn, kind, first.container, null)
    else if (step.isListDone) started.shift()
    // What is under way is still taken, so that no request is made for nothing.
    if (isOver(turn) && (started.length === 0 || !(step.is === 'page' && step.isListDone)))
      return { is: 'over' }
  }
}

/**
 * A few containers are read at the same time and committed in their order; a turn that is over starts no more. After a
 * wait the first one goes alone: it finds out whether the target is well again.
 */
async function startMore(
  turn: Turn,
  kind: ObjectKind,
  started: Started[],
  ids: AsyncIterator<string, undefined>,
): Promise<void> {
  const isProbe = turn.run.parks > 0 && turn.pages === 0
  while (started.length < (isProbe ? 1 : turn.limits.readAhead)) {
    const budget = turn.limits.turnPages - turn.pages
    if (started.length > 0 && (isOver(turn) || started.length >= budget)) return
    const next = await ids.next()
    if (next.done) return
    started.push({ container: next.value, stream: open(turn, kind, next.value, null) })
  }
}

async function* containerIds(
  turn: Turn,
  kind: ObjectKind,
  from: string | null,
): AsyncGenerator<string, undefined> {
  const container = turn.connector.manifest.kinds.find(({ name }) => name === kind.container)!
  let after = from
  for (;;) {
    const batch = await turn.database.tenant(turn.tenantId, (trx) =>
      turn.inventory.containers(trx, ofRun(turn, container), after, batchSize),
    )
    yield* batch
    const last = batch.at(-1)
    if (last === undefined || batch.length < batchSize) return undefined
    after = last
  }
}

function open(turn: Turn, kind: ObjectKind, container: string | null, cursor: Json): PageStream {
  const { held, connector, log } = turn
  const reader = connector.read[kind.name]!
  const ask: ReadPage = async (request) => {
    try {
      return await reader(held.open.session, request)
    } catch (error) {
      log('error', 'a connector threw', { runId: turn.run.id, kind: kind.name, error })
      throw error
    }
  }
  const read: ReadPage = (request) => {
    const place = placeOf(kind, container, request.cursor)
    const answer = held.underWay.get(place) ?? ask(request)
    held.underWay.set(place, answer)
    return answer
  }
  const route = turn.routes.get(kind.name)
  const request: PageRequest = {
    cursor,
    ...(container === null ? {} : { container }),
    ...(route === undefined ? {} : { route }),
  }
  return readAhead(read, request)
}

function placeOf({ name }: ObjectKind, container: string | null, cursor: Json): string {
  // The order of names in a cursor changes on its way through the database.
  return canonical([name, container, cursor])
}

async function take(turn: Turn, list: ListState, stream: PageStream): Promise<Step> {
  const taken = await stream.take(!isLastPage(turn))
  turn.held.underWay.delete(placeOf(list.kind, list.container, taken.asked))
  if (turn.signal.aborted) return { is: 'stop', outcome: { is: 'aborted' } }
  const { asked, result } = taken
  if ('failure' in result) return failed(turn, list, taken, result.failure)
  const page = judgePage(list.kind.label, asked, result.page)
  failPoint('sync.page.read')
  const row = await commitPage(turn, list, page)
  failPoint('sync.page.committed')
  turn.pages += 1
  return { is: 'page', row, isListDone: list.container === null ? row.end !== null : !row.withinContainer }
}

async function failed(turn: Turn, list: ListState, { asked }: Taken, failure: Failure): Promise<Step> {
  const { kind, row, container } = list
  const isSameList = container === null || (row.withinContainer && row.container === container)
  const restarts = isSameList ? row.restarts : 0
  switch (judgeFailure(failure, { inContainer: container !== null, hadCursor: asked !== null, restarts })) {
    case 'park':
      return stop({ is: 'parked', failure })
    case 'fail-run':
      return stop({ is: 'failed', failure })
    case 'skip-kind':
      return stop(await end(turn, kind, 'skipped', failure))
    case 'fail-kind':
      return stop(await end(turn, kind, 'failed', failure))
    case 'restart':
      return { is: 'restarted', row: await commitRestart(turn, list) }
    case 'vanished':
      return { is: 'page', row: await commitVanished(turn, list), isListDone: true }
  }
}

function stop(outcome: Outcome): Step {
  return { is: 'stop', outcome }
}

async function end(turn: Turn, kind: ObjectKind, how: KindEnd, failure: Failure): Promise<Outcome> {
  const ending = { end: how, reason: failure.message, failure }
  await commit(turn, null, (trx) =>
    progress.endKind(trx, turn.run.id, kind.name, ending, new Date(turn.clock.now())),
  )
  return { is: 'ended' }
}
