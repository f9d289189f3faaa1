/** What each route costs in requests, for so many rows. Kept honest by tests that play the lists. */

const pageSize = 100

/** The walk over users: 100 on the first page, 99 new ones on each further, and a page that is not full at the end. */
export function walkCost(users: number): number {
  return users < 1 ? 1 : Math.floor((users - 1) / (pageSize - 1)) + 1
}

/** Polls of an export job before it is done; nobody publishes how long one takes. */
export const expectedPolls = 3

/** The walk's first page, which shows whether a job may be used, its start and its polls. The file comes from elsewhere. */
export function exportCost(): number {
  return 1 + 1 + expectedPolls
}

/** Offset pages and checkpoint lists whose last page says so. */
export function plainCost(rows: number): number {
  return Math.max(1, Math.ceil(rows / pageSize))
}

/** Members of one organization: overlapping offset pages, or a first one and then checkpoints with a trailing one. */
export function memberCost(members: number): number {
  for (let page = 0; (page + 1) * (pageSize - page) <= 1000; page++)
    if (members < (page + 1) * (pageSize - page)) return page + 1
  return 1 + Math.ceil(members / pageSize) + 1
}
