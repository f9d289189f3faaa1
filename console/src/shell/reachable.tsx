import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query'
import { type JSX, useEffect, useRef } from 'react'
import { isUnreachable } from '../api.ts'
import { viewerQuery } from '../viewer.ts'

/** Global trouble, said once at the top: nothing answers. Asked again every few seconds while it lasts. */
export function Reachable(): JSX.Element | null {
  const { error } = useQuery({
    ...viewerQuery,
    refetchInterval: ({ state }) => (isUnreachable(state.error) ? 2_000 : 60_000),
  })
  const queries = useQueryClient()
  const away = isUnreachable(error)
  const wasAway = useRef(false)
  useEffect(() => lookWhenOthersFail(queries), [queries])
  useEffect(() => {
    if (wasAway.current && !away)
      void queries.refetchQueries({ predicate: ({ state }) => isUnreachable(state.error) })
    wasAway.current = away
  }, [away, queries])
  if (!away) return null
  return (
    <div className="banner" role="status">
      Owlie does not answer. What you see may be old; this page goes on by itself when it answers again.
    </div>
  )
}

/** Whatever got no answer first makes this look at once, or a page would show old figures as new for a minute. */
function lookWhenOthersFail(queries: QueryClient): () => void {
  const own = viewerQuery.queryKey
  return queries.getQueryCache().subscribe((event) => {
    if (event.type !== 'updated' || event.action.type !== 'failed') return
    if (event.query.queryKey[0] === own[0] || !isUnreachable(event.action.error)) return
    if (isUnreachable(queries.getQueryState(own)?.error)) return
    void queries.refetchQueries({ queryKey: own }, { cancelRefetch: false })
  })
}
