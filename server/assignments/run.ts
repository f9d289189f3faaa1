import type { Clock, Connector, ObjectKind } from '@owlie/connector-kit'
import type { Database, TenantTx } from '../db/index.ts'
import type { Tasks, Wake } from '../jobs/index.ts'
import { isId, connectionNotFound, type Actor, type Refusal, refuse } from '../model/index.ts'
import * as baseline from './baseline.ts'
import * as failures from './failures.ts'
import type { Intent, Whose } from './intent.ts'
import * as baselines from './store-baseline.ts'
import { findOf } from './store-read.ts'

export interface AssignmentsParts {
  readonly database: Database
  /** By manifest name. */
  readonly connectors: ReadonlyMap<string, Connector>
  readonly clock: Pick<Clock, 'now'>
}

export interface Assignments {
  /** What ought to be for an account, an entitlement, an identity, or under the given ids. */
  of(tenantId: string, whose: Whose): Promise<readonly Intent[]>
  /** The kinds of a connection whose state is a matter of intent, in the manifest's order; null: no such connection. */
  kinds(trx: TenantTx, connectionId: string): Promise<readonly ObjectKind[] | null>
  /** What a baseline would take, kind by kind. Nothing is written. */
  previewBaseline(
    tenantId: string,
    connectionId: string,
  ): Promise<readonly baseline.PreviewedKind[] | Refusal>
  /** Starts making what is now there into intent. Refused for kinds that were never read completely. */
  takeBaseline(
    actor: Actor,
    input: { readonly connectionId: string; readonly kinds: readonly string[] },
  ): Promise<baselines.Baseline | Refusal>
  /** Stops one; what it took stays. */
  cancelBaseline(actor: Actor, id: string): Promise<baselines.Baseline | Refusal>
  /** The last one of a connection. */
  latestBaseline(tenantId: string, connectionId: string): Promise<baselines.Baseline | null>
  readonly tasks: Tasks
  readonly wake: Wake
}

export function createAssignments(parts: AssignmentsParts): Assignments {
  const { database } = parts
  return {
    of: async (tenantId, whose) =>
      areIds(whose) ? database.tenant(tenantId, (trx) => findOf(trx, whose)) : [],
    kinds: async (trx, connectionId) =>
      (await baseline.kindsOfConnection(parts, trx, connectionId))?.kinds ?? null,
    previewBaseline: async (tenantId, connectionId) =>
      isId(connectionId)
        ? database.tenant(tenantId, (trx) => baseline.previewBaseline(parts, trx, connectionId))
        : refuse(connectionNotFound()),
    takeBaseline: async (actor, input) =>
      isId(input.connectionId)
        ? database.tenant(actor.tenantId, (trx) => baseline.startBaseline(parts, trx, actor, input))
        : refuse(connectionNotFound()),
    cancelBaseline: async (actor, id) =>
      isId(id)
        ? database.tenant(actor.tenantId, (trx) => baseline.cancelBaseline(parts, trx, actor, id))
        : refuse(failures.baselineNotFound),
    latestBaseline: async (tenantId, connectionId) =>
      isId(connectionId) ? database.tenant(tenantId, (trx) => baselines.findLatest(trx, connectionId)) : null,
    tasks: { [baseline.baselineTask]: baseline.baselineTurn(parts) },
    async wake(trx) {
      const due = await baselines.findDue(trx)
      return due.map((baselineId) => ({
        task: baseline.baselineTask,
        ids: { baselineId },
        key: `baseline:${baselineId}`,
      }))
    },
  }
}

function areIds(whose: Whose): boolean {
  if ('account' in whose) return isId(whose.account.connectionId)
  if ('entitlement' in whose) return isId(whose.entitlement.connectionId)
  if ('identityId' in whose) return isId(whose.identityId)
  if ('objects' in whose) return isId(whose.objects.connectionId)
  return whose.ids.every(isId)
}
