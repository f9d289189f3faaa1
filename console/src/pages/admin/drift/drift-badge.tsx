import { useQuery } from '@tanstack/react-query'
import type { JSX } from 'react'
import { api } from '../../../api.ts'
import { count } from '../../../parts/figures.ts'
import { DriftCountsQuery } from './drift-query.ts'
import './drift.css'

/** How much needs review, beside the way there; nothing when nothing does. */
export function DriftBadge(): JSX.Element | null {
  const counts = useQuery({
    queryKey: ['drift-counts'],
    queryFn: async ({ signal }) => (await api(DriftCountsQuery, {}, signal)).driftCounts,
    refetchInterval: 30_000,
  })
  const toReview = (counts.data ?? [])
    .filter(({ state }) => state === 'open' || state === 'flagged')
    .reduce((sum, each) => sum + each.count, 0)
  if (toReview === 0) return null
  return (
    <span className="side-count">
      {count(toReview)}
      <span className="sr-only"> need review</span>
    </span>
  )
}
