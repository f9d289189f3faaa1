import type { ObjectKind } from '@owlie/connector-kit'
import type { EntitlementCore, Grant, Inventory } from '../inventory/index.ts'
import { type AccessFacts, namedBy } from './derive-access.ts'

/** Groups inside groups inside groups …: deeper than this nobody nests them. */
const mostRounds = 30

interface Place {
  readonly inventory: Inventory
  readonly tenantId: string
  readonly connectionId: string
}

/** Gathers what `deriveAccess` needs, in a few queries however much the account holds. */
export async function collectFacts(
  place: Place,
  kinds: readonly ObjectKind[],
  accountId: string,
): Promise<AccessFacts> {
  const grants = await presentGrants(place, accountId)
  const ids = [...new Set(grants.map(({ entitlementId }) => entitlementId))]
  const held = [...(await place.inventory.entitlementsById(place.tenantId, ids)).values()]
  const present = held.filter(({ staleSince }) => staleSince === null)
  const found = new Map<string, EntitlementCore>(present.map((one) => [one.id, one]))
  await followGains(place, kinds, found)
  await followAllows(place, kinds, found)
  await addContainers(place, kinds, found)
  return { kinds, grants, entitlements: [...found.values()] }
}

async function presentGrants({ inventory, tenantId }: Place, accountId: string): Promise<readonly Grant[]> {
  const all: Grant[] = []
  let after: string | null = null
  do {
    const page: Awaited<ReturnType<Inventory['grants']>> = await inventory.grants(tenantId, accountId, {
      first: 1000,
      after,
    })
    all.push(...page.nodes.filter(({ staleSince }) => staleSince === null))
    after = page.next
  } while (after !== null)
  return all
}

async function followGains(
  { inventory, tenantId, connectionId }: Place,
  kinds: readonly ObjectKind[],
  found: Map<string, EntitlementCore>,
): Promise<void> {
  let frontier = [...found.values()]
  for (let round = 0; round < mostRounds && frontier.length > 0; round++) {
    const reached: EntitlementCore[] = []
    for (const { entitlementType, tie } of kinds) {
      if (!tie || !('gain' in tie)) continue
      const values = frontier
        .filter(({ type }) => type === tie.holdersOf.type)
        .map(({ externalId }) => externalId)
      const by = { type: entitlementType!, attribute: tie.holdersOf.idIn, values }
      const ties = await inventory.entitlementsBy(tenantId, connectionId, by)
      for (const one of ties) found.set(one.id, one)
      const ids = ties.map((one) => namedBy(one, tie.gain)).filter((id) => id !== null)
      const gained = { type: tie.gain.type, attribute: null, values: [...new Set(ids)] }
      reached.push(...(await inventory.entitlementsBy(tenantId, connectionId, gained)))
    }
    frontier = reached.filter(({ id }) => !found.has(id))
    for (const one of frontier) found.set(one.id, one)
  }
}

async function followAllows(
  { inventory, tenantId, connectionId }: Place,
  kinds: readonly ObjectKind[],
  found: Map<string, EntitlementCore>,
): Promise<void> {
  const all = [...found.values()]
  for (const { entitlementType, tie } of kinds) {
    if (!tie || !('allows' in tie)) continue
    const { type, idIn } = tie.holdersOf
    const own = all.filter((one) => one.type === type).map(({ externalId }) => externalId)
    const values = new Set([...own, ...named(kinds, all, 'allowsAs', type)])
    const by = { type: entitlementType!, attribute: idIn, values: [...values] }
    for (const one of await inventory.entitlementsBy(tenantId, connectionId, by)) found.set(one.id, one)
  }
}

async function addContainers(
  { inventory, tenantId, connectionId }: Place,
  kinds: readonly ObjectKind[],
  found: Map<string, EntitlementCore>,
): Promise<void> {
  const all = [...found.values()]
  for (const type of new Set(kinds.flatMap(({ inside }) => (inside ? [inside.type] : [])))) {
    const values = [...new Set(named(kinds, all, 'inside', type))]
    const containers = await inventory.entitlementsBy(tenantId, connectionId, {
      type,
      attribute: null,
      values,
    })
    for (const one of containers) found.set(one.id, one)
  }
}

/** External ids of a type that entitlements name in their `allowsAs` or `inside`. */
function named(
  kinds: readonly ObjectKind[],
  entitlements: readonly EntitlementCore[],
  as: 'allowsAs' | 'inside',
  type: string,
): readonly string[] {
  return kinds.flatMap((kind) => {
    const other = kind[as]
    if (other?.type !== type || kind.yields !== 'entitlement') return []
    const of = entitlements.filter((one) => one.type === kind.entitlementType)
    return of.map((one) => namedBy(one, other)).filter((id) => id !== null)
  })
}
