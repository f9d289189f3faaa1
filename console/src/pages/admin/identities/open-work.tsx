import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { JSX } from 'react'
import { api } from '../../../api.ts'
import { graphql } from '../../../graphql.ts'
import { count } from '../../../parts/figures.ts'
import { to } from '../../../path-builder.ts'

const OverviewQuery = graphql(`
  query IdentityOverview {
    identityOverview {
      identities
      machines
      disabled
      review
      orphans
      serviceAccounts
    }
  }
`)

export function useIdentityOverview() {
  return useQuery({
    queryKey: ['identity-overview'],
    queryFn: async ({ signal }) => (await api(OverviewQuery, {}, signal)).identityOverview,
    refetchInterval: 30_000,
  })
}

/** How many there are, and what of it waits for a person. */
export function OpenWork(): JSX.Element | null {
  const { data } = useIdentityOverview()
  if (!data) return null
  return (
    <div className="figures">
      <Link {...to.identities()} className="figure">
        <b>{count(data.identities)}</b>
        <span>Identities</span>
      </Link>
      <Link {...to.identityReview()} className="figure">
        <b>{count(data.review)}</b>
        <span>Wait for review</span>
      </Link>
      <Link {...to.orphans()} className="figure">
        <b>{count(data.orphans)}</b>
        <span>Accounts without identity</span>
      </Link>
      <Link {...to.orphans({ nature: 'service' })} className="figure">
        <b>{count(data.serviceAccounts)}</b>
        <span>Service accounts</span>
      </Link>
      <Link {...to.identities({ kind: 'machine' })} className="figure">
        <b>{count(data.machines)}</b>
        <span>Machines</span>
      </Link>
      <Link {...to.identities({ status: 'disabled' })} className="figure">
        <b>{count(data.disabled)}</b>
        <span>Disabled</span>
      </Link>
    </div>
  )
}
