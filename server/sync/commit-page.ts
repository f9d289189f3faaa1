import type { Failure, Json, ObjectKind, PageEnd } from '@owlie/connector-kit'
import type { TenantTx } from '../db/index.ts'
import { failPoint } from '../fail-point.ts'
import { isRefusedValue } from '../inventory/index.ts'
import { endCarried, storeCarried } from './carried.ts'
import { cursorRepeated, noProgress } from './failures.ts'
import { judgeKind } from './judge-kind.ts'
import { cursorHash, isMilestone, type VerifiedPage } from './judge-page.ts'
import { sparedBy } from './spared.ts'
import * as progress from './store-progress.ts'
import type { KindRow } from './sync-run.ts'
import { commit, type ListState, ofRun, type Turn } from './turn.ts'

/** For connectors without words of their own. */
const unsaid = 'The connector says that it has read this list to its end.'
const vanishedProof = 'It was gone when it was to be read; nothing is said about what it held.'

/** The commits of a kind: observations, checkpoint and report in one transaction each. */

/**
 * Stores a page and moves the checkpoint behind it. When PostgreSQL refuses a value on it, once more row by row, so
 * that only that row is quarantined.
 */
export async function commitPage(turn: Turn, list: ListState, page: VerifiedPage): Promise<KindRow> {
  const at = new Date(turn.clock.now())
  try {
    return await commit(turn, at, (trx) => storePage(trx, turn, list, page, at, false))
  } catch (error) {
    if (!isRefusedValue(error)) throw error
    turn.log('warn', 'a page held a value the database refused; storing it row by row', {
      runId: turn.run.id,
      kind: list.kind.name,
      code: error.code,
    })
    return commit(turn, at, (trx) => storePage(trx, turn, list, page, at, true))
  }
}

async function storePage(
  trx: TenantTx,
  turn: Turn,
  list: ListState,
  page: VerifiedPage,
  at: Date,
  careful: boolean,
): Promise<KindRow> {
  const { kind, row, container } = list
  const sequence = row.pages + 1
  const containerPages = pagesOfList(list) + 1
  const restart = restartsOfList(list)
  const spared =
    kind.version === undefined
      ? []
      : await sparedBy(trx, turn.inventory, turn.run, kind.name, turn.limits.listLagMs)
  const recorded = await turn.inventory.recordPage(
    trx,
    { ...ofRun(turn, kind), ...page, sequence, container, at, spared },
    careful,
  )
  await storeCarried(trx, turn, { carrier: kind, page, sequence, at }, careful)
  const stored = {
    ...{ runId: turn.run.id, kind: kind.name, sequence, container, restart, at },
    ...{ records: page.observations.length, quarantined: recorded.quarantined },
  }
  const end = await believe(trx, turn, list, page.end, stored, containerPages)
  const isDone = end.is !== 'more'
  const { created, changed, unchanged, quarantined } = recorded
  const saved = await progress.saveCheckpoint(trx, turn.run.id, kind.name, {
    cursor: end.is === 'more' ? end.cursor : null,
    container,
    withinContainer: container !== null && !isDone,
    containerPages,
    restarts: restart,
    truncatedWhy: end.is === 'truncated' ? end.why : null,
    proof: end.is === 'complete' ? (end.proof ?? unsaid) : null,
    total: page.total,
    add: {
      ...progress.nothingAdded,
      ...{ pages: 1, read: created + changed + unchanged, created, changed, unchanged },
      quarantined: quarantined.length,
      nameless: quarantined.filter(({ id }) => id === null).length,
      containers_done: container !== null && isDone ? 1 : 0,
      truncations: end.is === 'truncated' ? 1 : 0,
    },
  })
  failPoint('sync.page.stored')
  return isDone && container === null ? finishKind(trx, turn, kind, saved) : saved
}

/** Stores the page's own row. A list that leads back to where it was, or brings nothing any more, ends here. */
async function believe(
  trx: TenantTx,
  turn: Turn,
  { kind, container }: ListState,
  end: PageEnd,
  stored: Omit<progress.PageRow, 'cursorHash'>,
  containerPages: number,
): Promise<PageEnd> {
  const hash = end.is === 'more' ? cursorHash(end.cursor) : null
  if (!(await progress.insertPage(trx, { ...stored, cursorHash: hash }))) {
    await progress.insertPage(trx, { ...stored, cursorHash: null })
    return truncated(cursorRepeated(kind.label))
  }
  if (end.is !== 'more' || !isMilestone(containerPages) || stored.restart > 0) return end
  const { sequence } = stored
  const now = await turn.inventory.countSeen(trx, ofRun(turn, kind), container, sequence)
  const half = sequence - containerPages / 2
  const before = await turn.inventory.countSeen(trx, ofRun(turn, kind), container, half)
  return now === before ? truncated(noProgress(kind.label, containerPages)) : end
}

function truncated(why: Failure): PageEnd {
  return { is: 'truncated', why }
}

/** The checkpoint's counts are of the list last read; another container starts at nothing. */
function pagesOfList({ row, container }: ListState): number {
  return isListOfCheckpoint(row, container) ? row.containerPages : 0
}

function restartsOfList({ row, container }: ListState): number {
  return isListOfCheckpoint(row, container) ? row.restarts : 0
}

function isListOfCheckpoint(row: KindRow, container: string | null): boolean {
  return container === null || (row.withinContainer && row.container === container)
}

/** Reads the list from its beginning: its cursor is no longer taken. What was seen stays seen. */
export function commitRestart(turn: Turn, list: ListState): Promise<KindRow> {
  const { kind, container } = list
  return commit(turn, null, (trx) =>
    progress.saveCheckpoint(trx, turn.run.id, kind.name, {
      ...unmoved(list),
      cursor: null,
      container,
      withinContainer: container !== null,
      restarts: restartsOfList(list) + 1,
    }),
  )
}

/** The container is gone. Its page says so, and the sweep leaves alone what it held. */
export function commitVanished(turn: Turn, list: ListState): Promise<KindRow> {
  const { kind, row, container } = list
  const at = new Date(turn.clock.now())
  const sequence = row.pages + 1
  return commit(turn, at, async (trx) => {
    await turn.inventory.recordVanished(trx, { ...ofRun(turn, kind), sequence, container, at })
    await storeCarried(trx, turn, { carrier: kind, page: { carried: new Map() }, sequence, at }, false)
    await progress.insertPage(trx, {
      ...{ runId: turn.run.id, kind: kind.name, sequence, container, restart: restartsOfList(list), at },
      ...{ cursorHash: null, records: 0, quarantined: [] },
    })
    return progress.saveCheckpoint(trx, turn.run.id, kind.name, {
      ...unmoved(list),
      container,
      proof: vanishedProof,
      add: { ...progress.nothingAdded, pages: 1, containers_done: 1, containers_vanished: 1 },
    })
  })
}

function unmoved(list: ListState): progress.Checkpoint {
  return {
    cursor: null as Json,
    container: list.container,
    withinContainer: false,
    containerPages: pagesOfList(list),
    restarts: restartsOfList(list),
    add: progress.nothingAdded,
    truncatedWhy: null,
    proof: null,
    total: null,
  }
}

/** Every page of the kind was read: what it amounts to is decided here, once. */
export async function finishKind(
  trx: TenantTx,
  turn: Turn,
  kind: ObjectKind,
  row: KindRow,
): Promise<KindRow> {
  const tally = await turn.inventory.tallyKind(trx, ofRun(turn, kind))
  const verdict = judgeKind(row, tally)
  await progress.endKind(trx, turn.run.id, kind.name, verdict, new Date(turn.clock.now()), tally)
  await endCarried(trx, turn, kind, verdict)
  failPoint('sync.kind.ended')
  return progress.findKind(trx, turn.run.id, kind.name)
}
