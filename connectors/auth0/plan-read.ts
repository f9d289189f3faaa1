import type { ForecastInput, KindForecast, KindSize, ObjectKind, ReadForecast } from '@owlie/connector-kit'
import { manifest } from './manifest.ts'
import type { OperationName } from './operations.ts'
import { bucketsOf, minutesOf, ratePlanOf } from './rate-buckets.ts'
import { countedCost, memberCost, plainCost, walkCost } from './route-cost.ts'

type Sizes = Readonly<Record<string, KindSize>>

/** One way to read a kind. */
interface Route {
  readonly name: string
  readonly operation: OperationName
  readonly requests: number
  readonly atMost: number | null
  readonly why: string
}

/**
 * Which way each kind is read, and what everything takes, before the first request. From the sizes of the last run; a
 * kind nobody has counted yet is taken for one page (per container). Pure.
 */
export function planRead({ sizes, kinds: wanted, plan, reserve }: ForecastInput): ReadForecast {
  const kinds = manifest.kinds.filter(
    ({ name, carriedBy }) => carriedBy === undefined && wanted.includes(name),
  )
  const routes = kinds.map((kind) => ({ kind, route: routeOf(kind, sizes, wanted) }))
  const { buckets: limits, ...ratePlan } = ratePlanOf(plan)
  const drawn = new Map<keyof typeof limits, number>()
  for (const { route } of routes)
    for (const bucket of bucketsOf({ ...ratePlan, buckets: limits }, route.operation))
      drawn.set(bucket, (drawn.get(bucket) ?? 0) + route.requests)
  const buckets = [...drawn].map(([bucket, requests]) => ({
    bucket,
    requests,
    minutes: rounded(minutesOf(limits[bucket]!, requests, reserve)),
  }))
  return {
    kinds: routes.map(({ kind, route }): KindForecast => ({
      kind: kind.name,
      route: route.name,
      requests: route.requests,
      atMost: route.atMost,
      why: route.why,
    })),
    // The token counts among the authentications, which have limits of their own.
    requests: 1 + sum(routes.map(({ route }) => route.requests)),
    atMost: sumOrNull([1, ...routes.map(({ route }) => route.atMost)]),
    buckets,
    minutes: Math.max(0, ...buckets.map(({ minutes }) => minutes)),
  }
}

const operationOf: Readonly<Record<string, OperationName>> = {
  users: 'listUsers',
  roles: 'listRoles',
  role_members: 'listRoleUsers',
  organizations: 'listOrganizations',
  organization_members: 'listMembers',
  resource_servers: 'listResourceServers',
  role_permissions: 'listRolePermissions',
  auth0_connections: 'listAuth0Connections',
  groups: 'listGroups',
  group_members: 'listGroupMembers',
  group_roles: 'listGroupRoles',
}

function routeOf(kind: ObjectKind, sizes: Sizes, wanted: readonly string[]): Route {
  const operation = operationOf[kind.name]!
  if (kind.name === 'users') return routeOfUsers(sizes.users)
  if (kind.name === 'organization_members') return routeOfMembers(sizes, wanted)
  if (kind.container === undefined) {
    const requests = costOf(kind.name)(sizes[kind.name]?.count ?? 0)
    const size = sizes[kind.name]
    const why = size ? `${words(size.count)} by pages of 100.` : 'Nobody has counted them yet.'
    return { name: 'pages', operation, requests, atMost: size ? requests : null, why }
  }
  const container = labelOf(kind.container)
  const cost = costPerContainer(sizes, kind.name, kind.container, costOf(kind.name))
  // One request per user instead would be fewer where there are more roles than users.
  const users = sizes.users?.count ?? Infinity
  const others =
    kind.name === 'role_members' && users < cost.requests
      ? ` Asking each of the ${words(users)} users would take fewer, but whole lists are what can be proven.`
      : ''
  return { name: 'by-container', operation, ...cost, why: `One list for each of the ${container}.${others}` }
}

/** The kinds that Auth0 lists by offset only. */
const counted = ['roles', 'resource_servers', 'role_permissions']

function costOf(kind: string): (rows: number) => number {
  return counted.includes(kind) ? countedCost : plainCost
}

/** Always the walk: what an export job leaves out cannot be known from its file (docs/decisions/0014). */
function routeOfUsers(size: KindSize | undefined): Route {
  const requests = walkCost(size?.count ?? 0)
  const why = size
    ? `${words(size.count)} by walking along their creation, 99 new ones a request.`
    : 'Nobody has counted the users yet; the first page does.'
  return { name: 'walk', operation: 'listUsers', requests, atMost: size ? requests : null, why }
}

function routeOfMembers(sizes: Sizes, wanted: readonly string[]): Route {
  const withRoles = wanted.includes('organization_member_roles')
  const cost = costPerContainer(sizes, 'organization_members', 'organizations', memberCost)
  const why = withRoles
    ? 'One list for each of the organizations; the roles inside it come with the same pages.'
    : 'One list for each of the organizations.'
  return {
    name: 'by-container',
    operation: withRoles ? 'listMembersWithRoles' : 'listMembers',
    ...cost,
    why,
  }
}

function costPerContainer(
  sizes: Sizes,
  name: string,
  container: string,
  cost: (rows: number) => number,
): { readonly requests: number; readonly atMost: number | null } {
  const isCounted =
    sizes[container] !== undefined && (sizes[name] !== undefined || sizes[container].count === 0)
  const containers = sizes[container]?.count ?? 0
  const { count = 0, perContainer } = sizes[name] ?? {}
  if (perContainer) {
    // Containers nobody has looked into since are empty or new: a page each.
    const unseen = Math.max(0, containers - perContainer.length)
    const requests = sum(perContainer.map(cost)) + unseen
    return { requests, atMost: requests }
  }
  // Only the sum is known. At best the rows fill pages evenly; at worst one container holds them all.
  const atBest = containers === 0 ? 0 : containers * cost(Math.floor(count / containers))
  const atWorst = containers === 0 ? 0 : Math.max(atBest, containers - 1 + cost(count))
  return { requests: atBest, atMost: isCounted ? atWorst : null }
}

function labelOf(name: string): string {
  return manifest.kinds.find((kind) => kind.name === name)?.label.toLowerCase() ?? name
}

function words(count: number): string {
  return count.toLocaleString('en')
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0)
}

function sumOrNull(values: readonly (number | null)[]): number | null {
  return values.includes(null) ? null : sum(values as readonly number[])
}

function rounded(minutes: number): number {
  return Math.round(minutes * 10) / 10
}
