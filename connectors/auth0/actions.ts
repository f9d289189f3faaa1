import type { ActionKind } from '@owlie/connector-kit'
import { requestOf, scopesOfAll } from './action-row.ts'
import { grantActions } from './actions-grants.ts'
import { objectActions } from './actions-objects.ts'
import { userActions } from './actions-users.ts'
import { operations } from './operations.ts'

const rows = [...userActions, ...objectActions, ...grantActions]

/** Everything Owlie can write, as data. Requests and permissions follow from the operations. */
export const actions: readonly ActionKind[] = rows.map(({ operation, looks, ...row }) => ({
  ...row,
  request: requestOf(operation, row.targets),
  scopes: operations[operation].scopes,
  proof: scopesOfAll(looks),
}))
