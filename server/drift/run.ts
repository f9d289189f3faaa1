import type { Clock } from '@owlie/connector-kit'
import type { Assignments } from '../assignments/index.ts'
import type { Database, TenantTx } from '../db/index.ts'
import type { Tasks, Wake } from '../jobs/index.ts'
import { isId, connectionNotFound, type Actor, type Refusal, refuse } from '../model/index.ts'
import { compareTask, compareTurn } from './compare.ts'
import * as deciding from './decide.ts'
import type { WantedChange } from './drift.ts'
import * as failures from './failures.ts'
import * as policies from './policies.ts'
import * as store from './store.ts'
import * as listing from './store-list.ts'
import { undo, type Undone } from './undo.ts'
import type { RequestOperation } from './wanted.ts'

export interface DriftParts {
  readonly database: Database
  readonly assignments: Assignments
  readonly clock: Pick<Clock, 'now'>
  /** Makes operations at once of what is to be put back. Without it, it waits for `takeWanted`. */
  readonly requestOperation?: RequestOperation
}

export interface DriftDoor {
  list(
    tenantId: string,
    filter: listing.DriftFilter,
    page: { readonly first: number; readonly after?: string | null | undefined },
  ): Promise<listing.DriftPage>
  get(tenantId: string, id: string): Promise<listing.Drift | null>
  /** What is not over, by connection, kind, type and state. */
  counts(tenantId: string): Promise<readonly listing.DriftCount[]>
  /** What a decision would be about and what the guard says. Nothing is written. */
  previewDecision(tenantId: string, input: deciding.DecideInput): Promise<deciding.DecisionPreview | Refusal>
  /** Refused: `drift.guard` without the number where the guard asks for it; `drift.moved`, `drift.under_way`. */
  decide(actor: Actor, input: deciding.DecideInput): Promise<deciding.Decided | Refusal>
  /** Takes back what was decided together, where nothing has been applied yet. */
  undo(actor: Actor, batchId: string): Promise<Undone | Refusal>
  policies(tenantId: string, connectionId: string): Promise<readonly policies.KindPolicies[] | null>
  previewPolicy(tenantId: string, input: policies.PolicyInput): Promise<policies.PolicyPreview | Refusal>
  setPolicy(actor: Actor, input: policies.PolicyInput): Promise<readonly policies.KindPolicies[] | Refusal>
  setSetting(actor: Actor, input: policies.SettingInput): Promise<readonly policies.KindPolicies[] | Refusal>
  /**
   * For provisioning: changes that are to be put back and nobody has taken up, oldest first, locked until the caller's
   * transaction ends. Say `queued` of those an operation was made of; the others stay wanted.
   */
  takeWanted(trx: TenantTx, limit: number): Promise<readonly WantedChange[]>
  queued(
    trx: TenantTx,
    taken: readonly { readonly driftId: string; readonly operationId: string }[],
  ): Promise<void>
  /** An operation ended without effect: its drift needs review again, with the reason. One that had effect needs no
   * word here: the next look closes the drift. */
  operationFailed(trx: TenantTx, operationId: string, reason: string): Promise<void>
  /** For the jobs: one comparison of one connection. */
  readonly tasks: Tasks
  /** For the jobs: connections whose last run was not compared. */
  readonly wake: Wake
}

export function createDrift(parts: DriftParts): DriftDoor {
  const { database } = parts
  const known = <T>(id: string, tenantId: string, work: (trx: TenantTx) => Promise<T>, otherwise: T) =>
    isId(id) ? database.tenant(tenantId, work) : Promise.resolve(otherwise)
  const noConnection: Refusal = refuse(connectionNotFound())
  return {
    list: (tenantId, filter, page) =>
      database.tenant(tenantId, (trx) => listing.listDrift(trx, filter, page)),
    get: (tenantId, id) => known(id, tenantId, (trx) => listing.findDrift(trx, id), null),
    counts: (tenantId) => database.tenant(tenantId, listing.countDrift),
    previewDecision: (tenantId, input) =>
      database.tenant(tenantId, (trx) => deciding.previewDecision(parts, trx, input)),
    decide: (actor, input) =>
      database.tenant(actor.tenantId, (trx) => deciding.decide(parts, trx, actor, input)),
    undo: (actor, batchId) =>
      known<Undone | Refusal>(
        batchId,
        actor.tenantId,
        (trx) => undo(parts, trx, actor, batchId),
        refuse(failures.nothingToUndo),
      ),
    policies: (tenantId, id) => known(id, tenantId, (trx) => policies.listPolicies(parts, trx, id), null),
    previewPolicy: (tenantId, input) =>
      known<policies.PolicyPreview | Refusal>(
        input.connectionId,
        tenantId,
        (trx) => policies.previewPolicy(parts, trx, input),
        noConnection,
      ),
    setPolicy: (actor, input) =>
      known<readonly policies.KindPolicies[] | Refusal>(
        input.connectionId,
        actor.tenantId,
        (trx) => policies.setPolicy(parts, trx, actor, input),
        noConnection,
      ),
    setSetting: (actor, input) =>
      known<readonly policies.KindPolicies[] | Refusal>(
        input.connectionId,
        actor.tenantId,
        (trx) => policies.setSetting(parts, trx, actor, input),
        noConnection,
      ),
    takeWanted: (trx, limit) => store.lockWanted(trx, { limit }),
    queued: store.setQueued,
    async operationFailed(trx, operationId, reason) {
      await store.reopenFailed(trx, operationId, reason)
    },
    tasks: { [compareTask]: compareTurn(parts) },
    async wake(trx) {
      const due = await store.findDue(trx)
      return due.map((connectionId) => ({
        task: compareTask,
        ids: { connectionId },
        key: `drift:${connectionId}`,
      }))
    },
  }
}
