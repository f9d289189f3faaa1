/**
 * # connectors/auth0: an Auth0 tenant, read completely and thriftily
 *
 * One value, `auth0`, for the engine: manifest, scope advice, connection test, one page at a time of users, roles,
 * role holders, organizations and their members, lookups that do not lag, and writes of one request each.
 *
 * Why it is so:
 *  - The official SDK makes the requests (paths, encoding and types stay with their owner) through Owlie's door.
 *    Its retries repeat POST and its pagers end at 1,000, so paging and retry are ours.
 *  - Users are walked by `created_at` on page 0 only, because a query reaches 1,000 results and rows with equal
 *    sort values move between requests. Many users of one moment are drained in parts that Auth0 can count.
 *  - The end of a list is proven by two statements that agree, or it is `truncated` with the gap in words.
 *  - What an operation needs is data (operations.ts); every text about scopes is computed from it.
 *  - Translating, walking, classifying and advising are pure; client.ts, token.ts, read.ts and test-connection.ts act.
 *
 * Fails with values: `domain.*`, `dns.*`, `tls.*`, `net.*`, `http.*` from the door, `auth0.*` from here. Text of
 * Auth0's messages decides nothing and is shown nowhere.
 */
export { auth0 } from './connector.ts'
