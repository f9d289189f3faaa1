import type { ActionKind, ActionTarget } from '@owlie/connector-kit'
import { type OperationName, operations } from './operations.ts'

/** An action as it is written down here: what follows from the operations is computed. */
export interface Row extends Omit<ActionKind, 'request' | 'scopes' | 'proof'> {
  /** The request of a lone change. */
  readonly operation: OperationName
  /** The requests that show whether it took effect. */
  readonly looks: readonly OperationName[]
}

export const scopesOfAll = (names: readonly OperationName[]): readonly string[] => [
  ...new Set(names.flatMap((name): readonly string[] => operations[name].scopes)),
]

/** `POST /organizations/{organization}/members`: the operation's path with the targets' names. */
export function requestOf(operation: OperationName, targets: readonly ActionTarget[]): string {
  const { method, path } = operations[operation]
  const container: Readonly<Record<string, string>> = {
    users: 'user',
    roles: 'role',
    organizations: 'organization',
    members: 'user',
  }
  const named = path.replace(/\/([a-z-]+)\/\{id\}/g, (whole, collection: string) => {
    const name = container[collection]
    return targets.some((target) => target.name === name) ? `/${collection}/{${name}}` : whole
  })
  return `${method} ${named}`
}
