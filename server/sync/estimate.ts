import type { Eta, KindRow } from './sync-run.ts'

/** Pages and objects of each kind when it was last read completely. */
export type Earlier = ReadonlyMap<string, { readonly pages: number; readonly read: number }>

export interface EstimateInput {
  readonly kinds: readonly Pick<
    KindRow,
    | 'kind'
    | 'state'
    | 'pages'
    | 'read'
    | 'total'
    | 'totalExact'
    | 'container'
    | 'containersDone'
    | 'containersTotal'
  >[]
  readonly earlier: Earlier
  /** Time inside turns so far, ms. */
  readonly workedMs: number
  /** Still to wait before the next request, ms. */
  readonly waitMs: number
}

/**
 * How long a run will still take: the pages still to come times what a page has cost in this run. Null while nothing
 * can be said: in the first seconds, or when the kind being read does not tell how much there is. Pure.
 */
export function estimate({ kinds, earlier, workedMs, waitMs }: EstimateInput): Eta | null {
  const done = kinds.reduce((sum, { pages }) => sum + pages, 0)
  if (done < 3 || workedMs < 1500) return null
  let left = 0
  let unknown = 0
  for (const kind of kinds) {
    if (kind.state === 'ended') continue
    const pages = pagesLeft(kind, earlier)
    if (pages !== null) left += pages
    else if (kind.state === 'running') return null
    else unknown += 1
  }
  const perPage = workedMs / done
  const ms = Math.round(left * perPage + waitMs)
  // A kind nobody has counted yet may be as large as everything that is known.
  const more = unknown === 0 ? 1.3 : 1.3 + unknown * 0.7
  return { ms, lowMs: Math.round(waitMs + left * perPage * 0.8), highMs: Math.round(ms * more) }
}

function pagesLeft(kind: EstimateInput['kinds'][number], earlier: Earlier): number | null {
  const before = earlier.get(kind.kind)?.pages
  const { pages, containersTotal, containersDone } = kind
  if (containersTotal !== null && containersTotal > 0 && containersDone > 0)
    return Math.ceil((containersTotal - containersDone) * (pages / containersDone))
  if (containersTotal === null && kind.total !== null && pages > 0 && kind.read > 0) {
    // A count that says "at least" is worth less than what the last run needed.
    const counts = kind.totalExact || (before === undefined && kind.total > kind.read)
    if (counts) return Math.max(1, Math.ceil((kind.total - kind.read) / (kind.read / pages)))
  }
  return before === undefined ? null : Math.max(1, before - pages)
}
