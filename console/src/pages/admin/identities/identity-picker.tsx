import { Skeleton } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { type JSX, useState } from 'react'
import { api, failuresOf } from '../../../api.ts'
import { graphql, type ResultOf } from '../../../graphql.ts'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { SearchBox } from '../../../parts/search-box.tsx'
import './identities.css'

const PickQuery = graphql(`
  query PickIdentity($search: String!) {
    identities(filter: { search: $search }, first: 9) {
      total
      nodes {
        id
        displayName
        email
        accountCount
      }
    }
  }
`)

export type Picked = ResultOf<typeof PickQuery>['identities']['nodes'][number]

/** Finds one identity among all; those in `without` are not offered. */
export function IdentityPicker({
  label,
  start = '',
  without = [],
  picked,
  onPick,
}: {
  label: string
  start?: string
  without?: readonly string[]
  picked: Picked | null
  onPick: (identity: Picked) => void
}): JSX.Element {
  const [search, setSearch] = useState(start)
  const found = useQuery({
    queryKey: ['identity-pick', search],
    queryFn: async ({ signal }) => (await api(PickQuery, { search }, signal)).identities,
    placeholderData: keepPreviousData,
  })
  const nodes = found.data?.nodes.filter(({ id }) => !without.includes(id))
  return (
    <div className="stack" style={{ gap: 8 }}>
      <SearchBox
        label={label}
        placeholder="Name, e-mail address, employee number"
        value={search}
        onSearch={setSearch}
      />
      {found.error && <FailureNote failures={failuresOf(found.error)} retry={() => void found.refetch()} />}
      {!nodes && !found.error && <Skeleton h={120} />}
      {nodes?.length === 0 && <p className="quiet">No identity matches.</p>}
      <div role="radiogroup" aria-label={label} className="pick-list">
        {nodes?.map((identity) => (
          <label key={identity.id} className="pick" data-picked={picked?.id === identity.id || undefined}>
            <input
              type="radio"
              name="identity"
              checked={picked?.id === identity.id}
              onChange={() => onPick(identity)}
            />
            <span>
              <b>{identity.displayName}</b>
              <span className="faint"> {identity.email ?? 'no e-mail address'}</span>
            </span>
            <span className="faint num">
              {identity.accountCount === 1 ? '1 account' : `${identity.accountCount} accounts`}
            </span>
          </label>
        ))}
      </div>
    </div>
  )
}
