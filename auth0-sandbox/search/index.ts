/**
 * Auth0's user search v3, as far as a connector can use it.
 *
 * Owns the query language (parse.ts), what it means for one user (match.ts), and finding the page (run.ts).
 *
 * Promises: a bound on `created_at` is answered from the ordered rows without scanning, so a keyset walk over
 * 200,000 users costs what its pages hold; any other query scans. Rows with equal sort values come in another
 * order on each request unless that is switched off.
 *
 * Fails with SearchSyntaxError, which the API answers with 400. Not kept: boosts, fuzzy terms, proximity,
 * relevance order, the exact tokenising of names (a value is compared whole).
 *
 * Source: https://auth0.com/docs/manage-users/user-search/user-search-query-syntax
 */
export { SearchSyntaxError } from './parse.ts'
export { searchUsers } from './run.ts'
