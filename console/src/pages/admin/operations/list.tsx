import { Select } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import type { JSX } from 'react'
import { api } from '../../../api.ts'
import { ButtonLink } from '../../../parts/button-link.tsx'
import { type Column, DataTable, Pager } from '../../../parts/data-table.tsx'
import { Empty } from '../../../parts/empty.tsx'
import { Page } from '../../../parts/page.tsx'
import { SameElsewhere } from '../../../parts/snippet.tsx'
import { When } from '../../../parts/when.tsx'
import { to } from '../../../path-builder.ts'
import { useViewer } from '../../../viewer.ts'
import { ConnectionFilter } from '../list-filters.tsx'
import './operations.css'
import { isGoing, type Listed, OperationsQuery } from './operation-query.ts'
import { operationStates, OperationWord, Sums } from './operation-words.tsx'

const size = 50

const columns: readonly Column<Listed>[] = [
  {
    name: 'What',
    cell: ({ id, title }) => (
      <Link {...to.operation(id)} className="strong-link">
        {title}
      </Link>
    ),
  },
  { name: 'State', cell: ({ state }) => <OperationWord state={state} /> },
  { name: 'Changes', hideBelow: 720, cell: ({ plan }) => plan && <Sums plan={plan} /> },
  {
    name: 'Steps',
    numeric: true,
    hideBelow: 720,
    cell: ({ progress }) => (progress.steps === 0 ? '' : `${progress.done} of ${progress.steps}`),
  },
  { name: 'Connection', hideBelow: 1000, cell: ({ connection }) => connection.name },
  { name: 'By', hideBelow: 1000, cell: ({ actor }) => actor },
  { name: 'When', cell: ({ createdAt }) => <When at={createdAt} /> },
]

/** Every wished change, newest first. */
export function OperationsPage(): JSX.Element {
  const search = useSearch({ from: '/signed-in/admin/operations' })
  const navigate = useNavigate()
  const may = useViewer().actions.includes('provisioning.plan')
  const found = useQuery({
    queryKey: ['operations', search],
    queryFn: async ({ signal }) => {
      const { connection, state, after } = search
      const variables = { connectionId: connection ?? null, states: state ? [state] : null }
      return (await api(OperationsQuery, { ...variables, first: size, after: after ?? null }, signal))
        .operations
    },
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.nodes.some(isGoing) ? 1_500 : 15_000),
  })
  const isFiltered = search.connection !== undefined || search.state !== undefined
  const isEmpty = !isFiltered && !search.after && found.data?.nodes.length === 0
  return (
    <Page
      title="Operations"
      wide
      lead="Changes in your systems: wished, planned, approved, carried out once and read back."
      actions={may && <ButtonLink {...to.newOperation()}>New operation</ButtonLink>}
    >
      <div className="sheet">
        {!isEmpty && (
          <div className="filters" role="search">
            <Select
              aria-label="State"
              w={190}
              value={search.state ?? 'any'}
              onChange={(value) =>
                void navigate(
                  to.operations({
                    ...(search.connection ? { connection: search.connection } : {}),
                    ...(value && value !== 'any' ? { state: value as Listed['state'] } : {}),
                  }),
                )
              }
              data={[{ value: 'any', label: 'Any state' }, ...operationStates]}
            />
            <ConnectionFilter
              value={search.connection}
              onChange={(connection) =>
                void navigate(
                  to.operations({
                    ...(connection ? { connection } : {}),
                    ...(search.state ? { state: search.state } : {}),
                  }),
                )
              }
            />
          </div>
        )}
        <DataTable
          caption="Operations"
          columns={columns}
          rows={found.data?.nodes}
          rowKey={({ id }) => id}
          error={found.error}
          retry={() => void found.refetch()}
          empty={
            isFiltered ? (
              <Empty title="No operation like this.">
                <p>Choose another state or connection.</p>
              </Empty>
            ) : (
              <Empty
                title="Nothing has been changed through Owlie yet."
                action={may && <ButtonLink {...to.newOperation()}>New operation</ButtonLink>}
              >
                <p>
                  Block a user, assign a role, add a hundred members from a file: you see the plan before
                  anything is touched, and the proof afterwards.
                </p>
              </Empty>
            )
          }
        />
        {found.data && (
          <Pager
            page={search.page ?? 1}
            size={size}
            shown={found.data.nodes.length}
            next={found.data.next}
            goNext={(after) =>
              void navigate(to.operations({ ...search, after, page: (search.page ?? 1) + 1 }))
            }
            goFirst={() => void navigate(to.operations())}
          />
        )}
      </div>
      <SameElsewhere
        cli="owlie operation list"
        graphql={`query { operations(first: ${size}) { next nodes { id title state progress { steps done failed } } } }`}
      />
    </Page>
  )
}
