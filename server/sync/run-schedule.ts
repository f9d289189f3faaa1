import { enteredScopes, type Failure } from '@owlie/connector-kit'
import { record } from '../audit/index.ts'
import type { TenantTx } from '../db/index.ts'
import type { Task } from '../jobs/index.ts'
import { isId, connectionNotFound, type Actor, isRefusal, type Refusal, refuse } from '../model/index.ts'
import { noSchedule } from './failures.ts'
import { reasonNotToSync } from './judge-connection.ts'
import { incrementalObstacle } from './judge-incremental.ts'
import { checkSchedule, nextTimes } from './parse-cron.ts'
import { dueMode, type LastDue, type Schedule, type ScheduleInput, type ScheduleRow } from './schedule.ts'
import { findTarget, startInside, type StartParts, type Target } from './start-run.ts'
import { findHintCheckpoint } from './store-hints.ts'
import * as shelf from './store-schedule.ts'
import * as store from './store.ts'
import type { RunMode } from './sync-run.ts'

export const scheduleTask = 'sync.schedule'

/** Runs that start by themselves. */
export interface Schedules {
  schedule(tenantId: string, connectionId: string): Promise<Schedule | null>
  /**
   * Sets it whole. Refused, all at once: `sync.bad_cron`, `sync.cron_never`, `sync.cron_too_often`,
   * `sync.bad_time_zone`, `sync.bad_incremental`; `connection.not_found`.
   */
  setSchedule(actor: Actor, connectionId: string, input: ScheduleInput): Promise<Schedule | Refusal>
  /** Keeps its settings, but nothing starts any more. Refused: `sync.no_schedule`. */
  switchScheduleOff(actor: Actor, connectionId: string): Promise<Schedule | Refusal>
  /** The next three times a schedule would have, or what is wrong with it. Nothing is stored. */
  previewSchedule(input: Pick<ScheduleInput, 'cron' | 'timeZone'>): SchedulePreview
  /** Why this connection can have no incremental run now; null when it can, or does not exist. */
  incrementalObstacle(tenantId: string, connectionId: string): Promise<Failure | null>
}

export interface SchedulePreview {
  readonly next: readonly Date[]
  readonly failures: readonly Failure[]
}

export function createSchedules(parts: StartParts): Schedules {
  const { database, clock } = parts
  const now = () => new Date(clock.now())
  const set = async (actor: Actor, connectionId: string, input: ScheduleInput) => {
    const target = await findTarget(parts, actor.tenantId, connectionId)
    if (!target) return refuse(connectionNotFound())
    const [first, ...more] = checkSchedule(input, now())
    if (first) return refuse(first, ...more)
    return database.tenant(actor.tenantId, (trx) => save(trx, actor, target, input, now()))
  }
  return {
    schedule: (tenantId, connectionId) =>
      isId(connectionId)
        ? database.tenant(tenantId, async (trx) =>
            present(await shelf.findSchedule(trx, connectionId), now()),
          )
        : Promise.resolve(null),
    setSchedule: set,
    async switchScheduleOff(actor, connectionId) {
      const target = await findTarget(parts, actor.tenantId, connectionId)
      if (!target) return refuse(connectionNotFound())
      return database.tenant(actor.tenantId, async (trx) => {
        const row = await shelf.lockSchedule(trx, connectionId)
        return row ? save(trx, actor, target, { ...row, enabled: false }, now()) : refuse(noSchedule())
      })
    },
    previewSchedule(input) {
      const failures = checkSchedule({ ...input, enabled: true, incrementalMinutes: null }, now())
      return { failures, next: failures.length > 0 ? [] : nextTimes(input, now(), shown) }
    },
    async incrementalObstacle(tenantId, connectionId) {
      const target = await findTarget(parts, tenantId, connectionId)
      return target && database.tenant(tenantId, (trx) => obstacleOf(trx, target))
    },
  }
}

const shown = 3

async function save(
  trx: TenantTx,
  actor: Actor,
  { connection }: Target,
  input: ScheduleInput,
  at: Date,
): Promise<Schedule> {
  const { enabled, timeZone, incrementalMinutes } = input
  const cron = input.cron.trim().replaceAll(/\s+/g, ' ')
  await shelf.saveSchedule(trx, {
    ...{ connectionId: connection.id, enabled, cron, timeZone, incrementalMinutes },
    ...nextOf({ enabled, cron, timeZone, incrementalMinutes }, at),
    ...{ updatedAt: at, updatedBy: actor.name },
  })
  const saved = present(await shelf.findSchedule(trx, connection.id), at)!
  await record(trx, {
    actor,
    action: enabled ? 'sync_schedule.set' : 'sync_schedule.off',
    subject: { kind: 'connection', id: connection.id },
    detail: { connection: connection.name, cron, timeZone, incrementalMinutes },
  })
  return saved
}

/** Counted from now: times that passed while no server lived make one run, not many. */
function nextOf(input: ScheduleInput, at: Date): Pick<ScheduleRow, 'dueAt' | 'incrementalDueAt'> {
  if (!input.enabled) return { dueAt: null, incrementalDueAt: null }
  const minutes = input.incrementalMinutes
  return {
    dueAt: nextTimes(input, at, 1)[0] ?? null,
    incrementalDueAt: minutes === null ? null : new Date(at.getTime() + minutes * 60_000),
  }
}

function present(row: ScheduleRow | null, now: Date): Schedule | null {
  if (!row) return null
  const { dueAt, incrementalDueAt, lastFull, lastIncremental, ...rest } = row
  const lastDue = (last: ScheduleRow['lastFull']): LastDue | null =>
    last && { ...last, at: new Date(last.at) }
  // A time that is due and not yet taken up is still the next one.
  const first = dueAt && dueAt < now ? [dueAt] : []
  return {
    ...rest,
    next: row.enabled ? [...first, ...nextTimes(row, now, shown)].slice(0, shown) : [],
    nextIncremental: incrementalDueAt,
    lastFull: lastDue(lastFull),
    lastIncremental: lastDue(lastIncremental),
  }
}

async function obstacleOf(trx: TenantTx, { connection, connector }: Target): Promise<Failure | null> {
  return incrementalObstacle({
    connector,
    entered: enteredScopes(connector, connection.config),
    connectionVersion: connection.version,
    checkpoint: await findHintCheckpoint(trx, connection.id),
  })
}

/** The job for one due schedule: starts what is due, or says why not, and moves on, in one transaction. */
export function scheduledTask(parts: StartParts): Task {
  return async ({ tenantId, connectionId = '' }) => {
    const target = await findTarget(parts, tenantId, connectionId)
    if (!target) return
    await parts.database.tenant(tenantId, async (trx) => {
      const row = await shelf.lockSchedule(trx, connectionId)
      const at = new Date(parts.clock.now())
      const mode = row && dueMode(row, at.getTime())
      if (!row || !mode) return
      await takeUp(trx, parts, { tenantId, target, row, mode, at })
    })
  }
}

interface Due {
  readonly tenantId: string
  readonly target: Target
  readonly row: ScheduleRow
  readonly mode: RunMode
  readonly at: Date
}

async function takeUp(trx: TenantTx, { clock }: StartParts, due: Due): Promise<void> {
  const { target, row, mode, at } = due
  const { connection } = target
  const next = nextOf(row, at)
  // An incremental time does not put off a full one.
  const times = mode === 'full' ? next : { ...next, dueAt: row.dueAt }
  const moved = (last: Omit<LastDue, 'at'>) =>
    shelf.moveOn(trx, connection.id, times, mode, { at: at.toISOString(), ...last })
  const obstacle = await obstacleTo(trx, target, mode)
  const actor: Actor = { tenantId: due.tenantId, id: 'schedule', name: 'Schedule', kind: 'system' }
  if (obstacle) {
    await moved({ outcome: 'skipped', ...obstacle })
    // Every few minutes the same would only fill the audit; the schedule itself shows it.
    if (mode === 'full')
      await record(trx, {
        actor,
        action: 'sync_schedule.skipped',
        subject: { kind: 'connection', id: connection.id },
        detail: { connection: connection.name, reason: obstacle.reason, runId: obstacle.runId },
      })
    return
  }
  const started = await startInside(trx, clock, actor, target, {
    ...{ mode, trigger: 'schedule' },
    inserted: (runId) => moved({ outcome: 'started', reason: null, runId }),
  })
  // Somebody started one at this very moment.
  if (isRefusal(started))
    await moved({ outcome: 'skipped', reason: started.refused[0]?.message ?? null, runId: null })
}

async function obstacleTo(
  trx: TenantTx,
  target: Target,
  mode: RunMode,
): Promise<{ readonly reason: string; readonly runId: string | null } | null> {
  const reason = reasonNotToSync(target.connection)
  if (reason !== null) return { reason, runId: null }
  const active = await store.findActive(trx, target.connection.id)
  if (active) {
    const state = active.pausedAt ? 'paused' : active.status
    return { reason: `Run ${active.generation} of this connection was still ${state}.`, runId: active.id }
  }
  const failure = mode === 'incremental' ? await obstacleOf(trx, target) : null
  return failure && { reason: failure.message, runId: null }
}
