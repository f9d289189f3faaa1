/**
 * What a list of so many rows takes in requests: what our readers ask for (`…Cost`, kept honest by tests that play the
 * lists) beside the fewest anybody could (`…Floor`). The forecast adds up the former, bench/floor.ts the latter.
 *
 * Pages hold 100 rows (https://auth0.com/docs/api/management/v2).
 */

const pageSize = 100

/** Any list that can be read by full pages. An empty one takes a request too. */
export function pagesFloor(rows: number): number {
  return Math.max(1, Math.ceil(rows / pageSize))
}

/** Checkpoint lists whose last page says that it is the last. */
export function plainCost(rows: number): number {
  return pagesFloor(rows)
}

/**
 * Users by search. Up to 1,000 deep pages do. Beyond, search reaches no further than 1,000 results, so it has to be
 * walked along `created_at` from page to page: each repeats the row the one before it ended with, and the last must not
 * be full (https://auth0.com/docs/manage-users/user-search/view-search-results-by-page#limitation).
 */
export function usersFloor(users: number): number {
  return users <= 1000 ? pagesFloor(users) : walkCost(users)
}

/** The walk over users: 100 on the first page, 99 new ones on each further, and a page that is not full at the end. */
export function walkCost(users: number): number {
  return users < 1 ? 1 : Math.floor((users - 1) / (pageSize - 1)) + 1
}

/** Members of one organization: overlapping offset pages, or a first one and then checkpoints with a trailing one. */
export function memberCost(members: number): number {
  return overlapCost(members) ?? 1 + Math.ceil(members / pageSize) + 1
}

/** Lists that are given by offset only: overlapping pages, or a first one and then everything twice. */
export function countedCost(rows: number): number {
  return overlapCost(rows) ?? 1 + 2 * Math.ceil(rows / pageSize)
}

/** Null where offsets do not reach. */
function overlapCost(rows: number): number | null {
  for (let page = 0; (page + 1) * (pageSize - page) <= 1000; page++)
    if (rows < (page + 1) * (pageSize - page)) return page + 1
  return null
}
