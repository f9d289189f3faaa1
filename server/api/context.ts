import type { Failure } from '@owlie/connector-kit'
import type { Access } from '../access/index.ts'
import type { Assignments } from '../assignments/index.ts'
import type { Database } from '../db/index.ts'
import type { Connections } from '../connections/index.ts'
import type { Correlation } from '../correlation/index.ts'
import type { DriftDoor } from '../drift/index.ts'
import type { Guard } from '../guard/index.ts'
import type { Identities } from '../identities/index.ts'
import type { Inventory } from '../inventory/index.ts'
import type { Actor } from '../model/index.ts'
import { type Operators, type Principal, actorOf, allows } from '../operators/index.ts'
import type { Provisioning } from '../provisioning/index.ts'
import type { Retention } from '../retention/index.ts'
import type { Sync } from '../sync/index.ts'
import type { CatalogEntry } from './schema/connectors.ts'
import type { Demand } from './schema/builder.ts'
import { type Loaders, createLoaders } from './loaders.ts'

/** Everything a resolver may call. */
export interface Doors {
  readonly catalog: readonly CatalogEntry[]
  /** Hosts the operator listed beside those every connector allows, `host` or `host:port`. */
  readonly extraHosts: readonly string[]
  readonly connections: Connections
  readonly inventory: Inventory
  readonly identities: Identities
  readonly correlation: Correlation
  readonly access: Access
  readonly assignments: Assignments
  readonly drift: DriftDoor
  readonly guard: Guard
  readonly retention: Retention
  readonly sync: Sync
  readonly provisioning: Provisioning
  readonly operators: Operators
  readonly database: Database
}

/** One request: who asks, and what they may use. */
export interface ApiContext {
  readonly principal: Principal
  readonly actor: Actor
  readonly tenantId: string
  readonly doors: Doors
  readonly load: Loaders
  /** Null when the caller may; the words for them when not. */
  refusal(demand: Demand): Failure | null
}

export function createContexts(doors: Doors): (principal: Principal) => ApiContext {
  return (principal) => ({
    principal,
    actor: actorOf(principal),
    tenantId: principal.tenantId,
    doors,
    load: createLoaders(doors, principal.tenantId),
    refusal: (demand) => refusalOf(principal, demand),
  })
}

function refusalOf(principal: Principal, demand: Demand): Failure | null {
  if (demand === 'signed-in') return null
  const permission = allows(principal, demand)
  if (permission.allowed) return null
  const { allowed: _, ...failure } = permission
  return failure
}
