/**
 * The fewest requests in which a whole Auth0 tenant can be read, whoever does it. What a sync really takes is held
 * against this. Pure.
 *
 * Pages hold 100 rows (https://auth0.com/docs/api/management/v2). The dominant terms are the containers: a request
 * per role and per organization, however few people they hold.
 */
export interface TenantSizes {
  readonly users: number
  /** Direct holders of each role. */
  readonly rolesHolders: readonly number[]
  /** Permissions of each role; null when they are not read. */
  readonly rolesPermissions: readonly number[] | null
  /** Members of each organization. */
  readonly organizationsMembers: readonly number[]
  /** Polls after which an export job is done; null when only search may be used. */
  readonly exportPolls: number | null
}

export interface Floor {
  readonly token: number
  readonly users: number
  readonly roles: number
  readonly roleHolders: number
  readonly rolePermissions: number
  readonly organizations: number
  readonly organizationMembers: number
  readonly total: number
}

const perPage = 100

export function floorOf(tenant: TenantSizes): Floor {
  const { users, rolesHolders, rolesPermissions, organizationsMembers, exportPolls } = tenant
  const search = searchFloor(users)
  const parts = {
    token: 1,
    // Starting a job, and asking until it is done; the file comes from elsewhere.
    users: exportPolls === null ? search : Math.min(search, 1 + exportPolls),
    roles: pages(rolesHolders.length),
    roleHolders: sum(rolesHolders.map(pages)),
    rolePermissions: rolesPermissions === null ? 0 : sum(rolesPermissions.map(pages)),
    organizations: pages(organizationsMembers.length),
    organizationMembers: sum(organizationsMembers.map(pages)),
  }
  return { ...parts, total: sum(Object.values(parts)) }
}

/**
 * Up to 1,000 users deep pages do. Beyond, search reaches no further than 1,000 results, so it is walked along
 * `created_at` from page to page: each repeats the row the one before it ended with, and the last must not be full
 * (https://auth0.com/docs/manage-users/user-search/view-search-results-by-page#limitation).
 */
export function searchFloor(users: number): number {
  return users <= 1000 ? pages(users) : Math.floor((users - 1) / (perPage - 1)) + 1
}

/** An empty list takes a request too. */
function pages(rows: number): number {
  return Math.max(1, Math.ceil(rows / perPage))
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0)
}
