import { Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { JSX } from 'react'
import { api } from '../../../api.ts'
import { graphql } from '../../../graphql.ts'

const ChoiceQuery = graphql(`
  query ConnectionChoice {
    connections {
      id
      name
    }
  }
`)

/** The connection a page is about: the one in the address, else the first. */
export function useConnectionChoice(chosen: string | undefined) {
  const query = useQuery({
    queryKey: ['connection-names'],
    queryFn: ({ signal }) => api(ChoiceQuery, {}, signal),
  })
  const connections = query.data?.connections
  const connection = connections?.find(({ id }) => id === chosen) ?? connections?.[0] ?? null
  return { query, connections, connection }
}

/** Shown only when there is something to choose between. */
export function ConnectionChoice({
  connections,
  value,
  choose,
}: {
  connections: readonly { readonly id: string; readonly name: string }[]
  value: string
  choose: (id: string) => void
}): JSX.Element | null {
  if (connections.length < 2) return null
  return (
    <Select
      aria-label="Connection"
      w={220}
      value={value}
      onChange={(id) => id && choose(id)}
      data={connections.map(({ id, name }) => ({ value: id, label: name }))}
    />
  )
}
