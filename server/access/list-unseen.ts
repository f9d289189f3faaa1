import type { ObjectKind } from '@owlie/connector-kit'
import type { KindCount } from '../inventory/index.ts'
import type { Unseen } from './access.ts'

/** Whether what an account can do depends on this kind. */
const matters = ({ yields, tie, allowsAs }: ObjectKind): boolean =>
  yields === 'grant' || tie !== undefined || allowsAs !== undefined

/** The kinds that were never read completely, and how old the rest is. Pure. */
export function listUnseen(
  kinds: readonly ObjectKind[],
  counts: readonly KindCount[],
): { readonly unseen: readonly Unseen[]; readonly asOf: Date | null } {
  const readAt = new Map(counts.map(({ kind, asOf }) => [kind, asOf]))
  const wanted = kinds.filter(matters)
  const unseen = wanted
    .filter(({ name }) => !readAt.get(name))
    .map(({ name, label, scopes }) => ({
      ...{ kind: name, label, scopes },
      sentence: `${label} were never read completely, so what comes through them is missing here.`,
    }))
  const moments = wanted.flatMap(({ name }) => readAt.get(name)?.getTime() ?? [])
  return { unseen, asOf: moments.length > 0 ? new Date(Math.min(...moments)) : null }
}
