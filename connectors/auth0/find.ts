import {
  type AccountObservation,
  type EntitlementObservation,
  type FindResult,
  FailureError,
  type Session,
} from '@owlie/connector-kit'
import { call, requestOptions } from './client.ts'
import type { OperationName } from './operations.ts'
import { accountOf, organizationOf, type Raw, roleOf, translateAll } from './translate.ts'

type Find = (session: Session, id: string) => Promise<FindResult>

/** `GET /users/{id}` shows a change at once; the list and the search are served from an index that lags. */
export const findUser: Find = finder('getUser', 'read users', 'user_id', accountOf, (client, id, options) =>
  client.users.get(id, {}, options),
)

export const findRole: Find = finder('getRole', 'read roles', 'id', roleOf, (client, id, options) =>
  client.roles.get(id, options),
)

export const findOrganization: Find = finder(
  'getOrganization',
  'read organizations',
  'id',
  organizationOf,
  (client, id, options) => client.organizations.get(id, options),
)

type Client = Parameters<Parameters<typeof call>[3]>[0]

function finder<T extends AccountObservation | EntitlementObservation>(
  operation: OperationName,
  capability: string,
  idField: string,
  translate: (raw: Raw) => T,
  get: (client: Client, id: string, options: ReturnType<typeof requestOptions>) => Promise<unknown>,
): Find {
  return async (session, id) => {
    try {
      const body = await call(session, operation, capability, (client) =>
        get(client, id, requestOptions(session)),
      )
      return understood(body, id, idField, translate)
    } catch (error) {
      if (!(error instanceof FailureError)) throw error
      // Auth0's own 404 about this very id; one of a proxy is `auth0.foreign_answer`.
      return error.failure.kind === 'missing' ? { found: null } : { failure: error.failure }
    }
  }
}

function understood<T extends AccountObservation | EntitlementObservation>(
  body: unknown,
  id: string,
  idField: string,
  translate: (raw: Raw) => T,
): FindResult {
  const raw = (typeof body === 'object' && body !== null ? body : {}) as Raw
  const { observations, quarantined } = translateAll([raw], translate, idField)
  const found = observations[0]
  if (found?.id === id) return { found }
  return {
    failure: {
      kind: 'defect',
      code: 'auth0.unusable_record',
      message: 'Auth0 answered with a record that nothing can be made of.',
      why: quarantined[0]?.reason ?? 'It is another object than the one asked for.',
      remedy:
        'Look at this object in Auth0; if it is in order there, report it as a defect of the connector.',
    },
  }
}
