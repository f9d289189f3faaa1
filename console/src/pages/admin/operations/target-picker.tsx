import { Loader, MultiSelect } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { type JSX, useState } from 'react'
import { api } from '../../../api.ts'
import { graphql } from '../../../graphql.ts'
import type { Target } from './wish.ts'

const AccountsQuery = graphql(`
  query PickAccounts($filter: AccountFilter!) {
    accounts(filter: $filter, first: 20) {
      nodes {
        externalId
        displayName
        email
      }
    }
  }
`)

const EntitlementsQuery = graphql(`
  query PickEntitlements($filter: EntitlementFilter!) {
    entitlements(filter: $filter, first: 20) {
      nodes {
        externalId
        displayName
      }
    }
  }
`)

/** Chooses objects of the inventory by name, e-mail or id; an id that is typed whole is taken as it is. */
export function TargetPicker({
  target,
  connectionId,
  value,
  onChange,
}: {
  target: Target
  connectionId: string
  value: readonly string[]
  onChange: (ids: string[]) => void
}): JSX.Element {
  const [words, setWords] = useState('')
  const [search] = useDebouncedValue(words.trim(), 200)
  const [names, setNames] = useState<Readonly<Record<string, string>>>({})
  const found = useQuery({
    queryKey: ['pick', connectionId, target.kind, search],
    queryFn: async ({ signal }) => {
      const filter = { connectionId, search: search === '' ? null : search, stale: false }
      if (target.kind === 'users') {
        const { accounts } = await api(AccountsQuery, { filter }, signal)
        return accounts.nodes.map(({ externalId, displayName, email }) => ({
          value: externalId,
          label: email && email !== displayName ? `${displayName} · ${email}` : displayName,
        }))
      }
      const type = target.kind === 'organizations' ? 'organization' : 'role'
      const { entitlements } = await api(EntitlementsQuery, { filter: { ...filter, type } }, signal)
      return entitlements.nodes.map(({ externalId, displayName }) => ({
        value: externalId,
        label: displayName,
      }))
    },
    placeholderData: keepPreviousData,
  })
  const options = found.data ?? []
  const known = new Set(options.map((option) => option.value))
  const chosen = value.filter((id) => !known.has(id)).map((id) => ({ value: id, label: names[id] ?? id }))
  const typed =
    search !== '' && !known.has(search) && !value.includes(search) && found.isFetched && options.length === 0
      ? [{ value: search, label: `Use the id ${search}` }]
      : []
  return (
    <MultiSelect
      label={`${target.label.charAt(0).toUpperCase()}${target.label.slice(1)}`}
      placeholder={value.length === 0 ? 'Search by name, e-mail or id' : ''}
      searchable
      searchValue={words}
      onSearchChange={setWords}
      data={[...options, ...chosen, ...typed]}
      value={[...value]}
      onChange={(ids) => {
        setNames({ ...names, ...Object.fromEntries(options.map((option) => [option.value, option.label])) })
        onChange(ids)
      }}
      filter={({ options: all }) => all}
      hidePickedOptions
      rightSection={found.isFetching ? <Loader size="xs" /> : undefined}
      nothingFoundMessage="Nothing found; type a whole id to use it."
    />
  )
}
