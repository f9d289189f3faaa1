import { randomUUID } from 'node:crypto'
import { record } from '../audit/index.ts'
import type { TenantTx } from '../db/index.ts'
import { type Actor, type Refusal, refuse } from '../model/index.ts'
import type { AttributeName } from './attributes.ts'
import { checkValues, type EnteredValue, keysOf } from './check-values.ts'
import { changedMeanwhile, identityNotFound, identityWasMerged, nameMissing } from './failures.ts'
import type { Identity, IdentityKind, IdentityStatus } from './identity.ts'
import type { Hand } from './run.ts'
import { resolveAll, toRow } from './resolve-all.ts'
import * as store from './store.ts'
import { subjectOf } from './subject.ts'

export interface CreateIdentity {
  readonly kind?: IdentityKind | null | undefined
  readonly values: readonly EnteredValue[]
}

export interface EditIdentity {
  readonly id: string
  /** The one that was looked at. */
  readonly version: number
  readonly kind?: IdentityKind | null | undefined
  readonly status?: IdentityStatus | null | undefined
  /** Only those to be changed. */
  readonly values?: readonly EnteredValue[] | null | undefined
}

export async function create(
  hand: Hand,
  trx: TenantTx,
  actor: Actor,
  input: CreateIdentity,
): Promise<Identity | Refusal> {
  const { values, failures } = checkValues({}, input.values)
  const [first, ...more] = failures
  if (first) return refuse(first, ...more)
  if (values.display_name === undefined) return refuse(nameMissing())
  const id = await insertEmpty(hand, trx, actor, values.display_name, input.kind ?? 'person', values)
  await resolveAll(trx, hand.connectors, [id], hand.now())
  const [made] = await store.findIdentities(trx, [id])
  await hand.changed(trx, actor)
  await record(trx, {
    actor,
    action: 'identity.created',
    subject: subjectOf(made!),
    detail: { kind: made!.kind, fields: Object.keys(values).join(' ') },
  })
  return made!
}

/** Without an event: the caller writes one that says why. */
export async function insertEmpty(
  hand: Hand,
  trx: TenantTx,
  actor: Actor,
  name: string,
  kind: IdentityKind,
  manual: Partial<Record<AttributeName, string>> = {},
): Promise<string> {
  const row = toRow({ id: randomUUID(), displayName: name }, [])
  await store.insertIdentities(trx, [{ ...row, kind, manual }], actor.name, hand.now())
  await store.replaceKeys(trx, row.id, keysOf(manual))
  return row.id
}

export async function edit(
  hand: Hand,
  trx: TenantTx,
  actor: Actor,
  input: EditIdentity,
): Promise<Identity | Refusal> {
  const [before] = await store.lockIdentities(trx, [input.id])
  if (!before) return refuse(identityNotFound())
  if (before.mergedInto) return refuse(identityWasMerged(before.displayName, before.mergedInto))
  if (before.version !== input.version) return refuse(changedMeanwhile())
  const { values, failures } = checkValues(before.manual, input.values ?? [])
  const [first, ...more] = failures
  if (first) return refuse(first, ...more)
  if (before.accountCount === 0 && values.display_name === undefined) return refuse(nameMissing())
  const after = { kind: input.kind ?? before.kind, status: input.status ?? before.status, manual: values }
  const changed = changedFields(before, after)
  if (changed.length === 0) return before
  await store.updateIdentity(trx, before.id, after, hand.now())
  await store.replaceKeys(trx, before.id, keysOf(values))
  await resolveAll(trx, hand.connectors, [before.id], hand.now())
  await hand.changed(trx, actor)
  await record(trx, {
    actor,
    action: 'identity.edited',
    subject: subjectOf(before),
    detail: {
      fields: changed.join(' '),
      ...(after.status === before.status ? {} : { status: after.status }),
      ...(after.kind === before.kind ? {} : { kind: after.kind }),
    },
  })
  return (await store.findIdentities(trx, [before.id]))[0]!
}

function changedFields(
  before: Pick<Identity, 'kind' | 'status' | 'manual'>,
  after: Pick<Identity, 'kind' | 'status' | 'manual'>,
): readonly string[] {
  const names = [...new Set([...Object.keys(before.manual), ...Object.keys(after.manual)])] as AttributeName[]
  return [
    ...(before.kind === after.kind ? [] : ['kind']),
    ...(before.status === after.status ? [] : ['status']),
    ...names.filter((name) => before.manual[name] !== after.manual[name]),
  ]
}
