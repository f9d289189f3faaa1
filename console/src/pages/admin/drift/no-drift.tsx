import { useQueries, useQuery } from '@tanstack/react-query'
import type { JSX } from 'react'
import { api } from '../../../api.ts'
import { graphql } from '../../../graphql.ts'
import { ButtonLink } from '../../../parts/button-link.tsx'
import { Empty } from '../../../parts/empty.tsx'
import { to } from '../../../path-builder.ts'
import { useViewer } from '../../../viewer.ts'
import { NothingSynced } from '../list-filters.tsx'
import { DriftPoliciesQuery } from './policy-query.ts'

const ReadyQuery = graphql(`
  query DriftConnections {
    connections {
      id
      name
      lastRun {
        id
      }
    }
  }
`)

/** Nothing on the list: because all is well, or because nobody has said yet what ought to be. */
export function NoDrift({ filtered }: { filtered: boolean }): JSX.Element {
  const may = useViewer().actions.includes('assignment.write')
  const ready = useQuery({
    queryKey: ['drift-connections'],
    queryFn: ({ signal }) => api(ReadyQuery, {}, signal),
  })
  const connections = ready.data?.connections ?? []
  const policies = useQueries({
    queries: connections.map(({ id }) => ({
      queryKey: ['drift-policies', id],
      staleTime: 0,
      queryFn: ({ signal }: { signal: AbortSignal }) => api(DriftPoliciesQuery, { connectionId: id }, signal),
    })),
  })
  if (filtered)
    return (
      <Empty title="No disagreement matches.">
        <p>Widen the filters, or clear the search.</p>
      </Empty>
    )
  const isKnown = ready.data !== undefined && policies.every(({ data }) => data !== undefined)
  if (isKnown && !connections.some(({ lastRun }) => lastRun)) return <NothingSynced what="drift" />
  const isGoverned = policies.some(({ data }) => data?.driftPolicies?.some(({ intents }) => intents > 0))
  if (isKnown && !isGoverned)
    return (
      <Empty
        title="Nobody has said yet what ought to be."
        action={may && <ButtonLink {...to.baseline()}>Take what is now as intent</ButtonLink>}
      >
        <p>
          Drift is the difference between what is and what ought to be. Take what the last sync saw as intent,
          kind by kind; from then on, whatever changes outside Owlie is listed here, with the value before and
          after, and you decide.
        </p>
        {!may && <p>An admin can do that.</p>}
      </Empty>
    )
  return (
    <Empty
      title="All is as it ought to be."
      action={
        <ButtonLink {...to.driftPolicies()} variant="default">
          See the policies
        </ButtonLink>
      }
    >
      <p>The last comparison found nothing that needs review. The next sync looks again.</p>
    </Empty>
  )
}
