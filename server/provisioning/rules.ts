import { actionOf } from '@owlie/connector-kit'
import { record } from '../audit/index.ts'
import { type Actor, connectionNotFound, isId, type Refusal, refuse } from '../model/index.ts'
import { mayHaveRule } from './approval-policy.ts'
import * as failures from './failures.ts'
import type { ProvisioningParts } from './parts.ts'
import * as store from './store-policy.ts'

export interface RuleInput {
  readonly connectionId: string
  readonly action: string
  /** Changes within 24 hours, 1 to 1,000; null takes the rule away. */
  readonly most: number | null
}

export async function rulesOf(
  { database }: ProvisioningParts,
  tenantId: string,
  connectionId: string,
): Promise<readonly store.KeptRule[]> {
  return isId(connectionId) ? database.tenant(tenantId, (trx) => store.listRules(trx, connectionId)) : []
}

/** Says which operations need no person's approval; in force for plans made from now on. */
export async function setRule(
  parts: ProvisioningParts,
  actor: Actor,
  { connectionId, action, most }: RuleInput,
): Promise<readonly store.KeptRule[] | Refusal> {
  const { connections, connectors, database, clock } = parts
  const connection = isId(connectionId) ? await connections.get(actor.tenantId, { id: connectionId }) : null
  const manifest = connection && connectors.get(connection.connector)?.manifest
  if (!connection || !manifest) return refuse(connectionNotFound())
  if (most !== null && !actionOf(manifest, action)) return refuse(failures.noSuchAction(action))
  if (most !== null && !mayHaveRule(manifest, action)) return refuse(failures.ruleTakesAway)
  if (most !== null && !(Number.isInteger(most) && most >= 1 && most <= 1000))
    return refuse(failures.ruleOutOfRange)
  return database.tenant(actor.tenantId, async (trx) => {
    const before = (await store.listRules(trx, connection.id)).find((one) => one.action === action)
    const setAt = new Date(clock.now())
    if (most === null) await store.dropRule(trx, connection.id, action)
    else await store.saveRule(trx, connection.id, { action, most, setBy: actor.name, setAt })
    if ((before?.most ?? null) !== most)
      await record(trx, {
        actor,
        action: 'operation.approval_rule_set',
        subject: { kind: 'connection', id: connection.id, name: connection.name },
        detail: {
          ...{ kind: action, field: 'most' },
          ...{ from: String(before?.most ?? 'none'), to: String(most ?? 'none') },
        },
      })
    return store.listRules(trx, connection.id)
  })
}
