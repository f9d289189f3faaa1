import { FailureError, type PageEnd } from '@owlie/connector-kit'
import { type ListAnswer, listOf } from './answer.ts'
import { checkpointPage } from './checkpoint-page.ts'
import { call, requestOptions } from './client.ts'
import { advanceCounted, type CountedCursor, countedQuery, firstCountedCursor } from './counted-list.ts'
import { goneProof } from './proofs.ts'
import { containerOf, type Read, startOr, translated, verb } from './page-verb.ts'
import {
  auth0ConnectionOf,
  resourceServerOf,
  rolePermissionId,
  rolePermissionOf,
} from './translate-catalogue.ts'

/** What gives roles and accounts their meaning: APIs with their permissions, and where accounts sign in. */

export const readResourceServers: Read = verb(async (session, request) => {
  const cursor = startOr<CountedCursor>(request.cursor, firstCountedCursor)
  const { page, perPage } = countedQuery(cursor)
  const body = await call(session, 'listResourceServers', 'read APIs', async (client) => {
    const parameters = { page, per_page: perPage, include_totals: true }
    return (await client.resourceServers.list(parameters, requestOptions(session))).response as unknown
  })
  const answer = listOf(body, 'resource_servers')
  const { fresh, end } = advanceCounted(cursor, answer, 'APIs')
  return {
    ...translated(fresh, resourceServerOf, 'id', answer.broken),
    end: end as PageEnd,
  }
})

export const readRolePermissions: Read = verb(async (session, request) => {
  const role = containerOf(request)
  const cursor = startOr<CountedCursor>(request.cursor, firstCountedCursor)
  const { page, perPage } = countedQuery(cursor)
  let answer: ListAnswer
  try {
    const body = await call(session, 'listRolePermissions', 'read permissions of roles', async (client) => {
      const parameters = { page, per_page: perPage, include_totals: true }
      return (await client.roles.permissions.list(role, parameters, requestOptions(session)))
        .response as unknown
    })
    answer = listOf(body, 'permissions')
  } catch (error) {
    // The role was deleted after it was listed: it allows nothing any more.
    if (error instanceof FailureError && error.failure.kind === 'missing')
      return { observations: [], end: { is: 'complete', proof: goneProof } }
    throw error
  }
  const { fresh, end } = advanceCounted(cursor, answer, 'permissions of roles', rolePermissionId)
  return {
    ...translated(fresh, rolePermissionOf(role), 'permission_name', answer.broken),
    end: end as PageEnd,
  }
})

/** `options` of a connection hold secrets and code, so only what is shown is asked for. */
const connectionFields = 'id,name,strategy,display_name,is_domain_connection'

export const readAuth0Connections: Read = verb(async (session, request) => {
  const page = (from: string | null) =>
    call(session, 'listAuth0Connections', 'read Auth0 connections', async (client) => {
      const parameters = {
        ...{ take: 100, include_totals: false, fields: connectionFields, include_fields: true },
        ...(from === null ? {} : { from }),
      }
      return (await client.connections.list(parameters, requestOptions(session))).response as unknown
    })
  return checkpointPage(request, page, {
    ...{ key: 'connections', noun: 'Auth0 connections' },
    make: (rows, broken) => translated(rows, auth0ConnectionOf, 'id', broken),
  })
})
