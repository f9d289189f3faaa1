/**
 * The control API: the sandbox's programmatic door over https, for tests and demos not written in Node.
 *
 * Owns `/_sandbox/…` beside the tenant's own addresses. It answers only to this machine, and only with the
 * control key (header `x-sandbox-key`) that is printed at start: it can read every user and break every
 * answer, so it must not be reachable with a tenant's token.
 *
 * Promises: what is changed here is visible everywhere at once, is no API write, and is not journalled.
 * Faults with a function in them (`rewrite`) exist in-process only.
 *
 * Fails with `{error}`: 401 without the key, 403 from another machine, 400 with the reason for a bad body.
 * The list of addresses stands in README.md.
 */
export { controlRoutes } from './routes.ts'
