import { Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { JSX } from 'react'
import { ButtonLink } from '../../parts/button-link.tsx'
import { api } from '../../api.ts'
import { graphql } from '../../graphql.ts'
import { Empty } from '../../parts/empty.tsx'
import { to } from '../../path-builder.ts'
import { useViewer } from '../../viewer.ts'

const NamesQuery = graphql(`
  query ConnectionNames {
    connections {
      id
      name
    }
  }
`)

/** Shown only when there is something to choose between. */
export function ConnectionFilter({
  value,
  onChange,
}: {
  value: string | undefined
  onChange: (id: string | undefined) => void
}): JSX.Element | null {
  const names = useQuery({
    queryKey: ['connection-names'],
    queryFn: ({ signal }) => api(NamesQuery, {}, signal),
  })
  const connections = names.data?.connections ?? []
  if (connections.length < 2 && value === undefined) return null
  return (
    <Select
      aria-label="Connection"
      w={180}
      value={value ?? 'all'}
      onChange={(chosen) => onChange(chosen === 'all' || chosen === null ? undefined : chosen)}
      data={[
        { value: 'all', label: 'All connections' },
        ...connections.map(({ id, name }) => ({ value: id, label: name })),
      ]}
    />
  )
}

/** Stale: a complete sync run did not see it any more. It is kept until someone decides. */
export function StaleFilter({
  value,
  onChange,
}: {
  value: boolean | undefined
  onChange: (stale: boolean | undefined) => void
}): JSX.Element {
  return (
    <Select
      aria-label="Presence"
      w={160}
      value={value === undefined ? 'any' : value ? 'stale' : 'present'}
      onChange={(chosen) => onChange(chosen === 'stale' ? true : chosen === 'present' ? false : undefined)}
      data={[
        { value: 'any', label: 'Present or stale' },
        { value: 'present', label: 'Present' },
        { value: 'stale', label: 'Stale' },
      ]}
    />
  )
}

/** An empty inventory, with the exact next step for this viewer. */
export function NothingSynced({ what }: { what: string }): JSX.Element {
  const viewer = useViewer()
  const may = viewer.actions.includes('connection.write')
  const names = useQuery({
    queryKey: ['connection-names'],
    queryFn: ({ signal }) => api(NamesQuery, {}, signal),
  })
  const connected = (names.data?.connections.length ?? 0) > 0
  return (
    <Empty
      title={`No ${what} yet.`}
      action={
        may && (
          <ButtonLink {...(connected ? to.integrations() : to.setup('auth0'))}>
            {connected ? 'Run a sync' : 'Connect Auth0'}
          </ButtonLink>
        )
      }
    >
      <p>
        {connected
          ? 'A connection is there, but no sync run has read any. Run one, or look at its last run for what was skipped.'
          : 'Nothing is connected. Connect a tenant and run the first sync; what it reads appears here.'}
      </p>
      {!may && <p>An admin can do that.</p>}
    </Empty>
  )
}
