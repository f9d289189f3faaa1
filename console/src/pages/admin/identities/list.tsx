import { Button, Modal, Select } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type JSX, useState } from 'react'
import { api } from '../../../api.ts'
import { graphql, type ResultOf } from '../../../graphql.ts'
import { ButtonLink } from '../../../parts/button-link.tsx'
import { type Column, DataTable, Pager } from '../../../parts/data-table.tsx'
import { Empty } from '../../../parts/empty.tsx'
import { ExportMenu } from '../../../parts/export-menu.tsx'
import { count } from '../../../parts/figures.ts'
import { Page } from '../../../parts/page.tsx'
import { SearchBox } from '../../../parts/search-box.tsx'
import { SameElsewhere } from '../../../parts/snippet.tsx'
import { When } from '../../../parts/when.tsx'
import { to } from '../../../path-builder.ts'
import { compact, type IdentitySearch } from '../../../search-params.ts'
import { useViewer } from '../../../viewer.ts'
import { ConnectionFilter, NothingSynced } from '../list-filters.tsx'
import { CreateIdentity } from './edit.tsx'
import { IdentityName, IdentityWords } from './identity-words.tsx'
import { OpenWork } from './open-work.tsx'

const IdentitiesQuery = graphql(`
  query Identities($filter: IdentityFilter, $first: Int!, $after: String) {
    identities(filter: $filter, first: $first, after: $after) {
      total
      next
      nodes {
        id
        displayName
        email
        kind
        status
        accountCount
        profile
        createdAt
        createdBy
      }
    }
  }
`)

type Identity = ResultOf<typeof IdentitiesQuery>['identities']['nodes'][number]

const size = 50

function profileOf({ profile }: Pick<Identity, 'profile'>): Readonly<Record<string, string | undefined>> {
  return profile as Readonly<Record<string, string | undefined>>
}

const columns: readonly Column<Identity>[] = [
  {
    name: 'Identity',
    width: '38%',
    cell: (identity) => (
      <>
        <IdentityName identity={identity} />
        <div className="faint">{identity.email ?? 'no e-mail address'}</div>
      </>
    ),
  },
  { name: 'Status', cell: (identity) => <IdentityWords {...identity} /> },
  { name: 'Accounts', numeric: true, cell: ({ accountCount }) => count(accountCount) },
  {
    name: 'Title and department',
    hideBelow: 1000,
    cell: (identity) => {
      const { title, department } = profileOf(identity)
      return title || department ? (
        [title, department].filter(Boolean).join(', ')
      ) : (
        <span className="faint">none</span>
      )
    },
  },
  {
    name: 'Since',
    hideBelow: 720,
    cell: ({ createdAt, createdBy }) => (
      <>
        <When at={createdAt} />
        <div className="faint">by {createdBy}</div>
      </>
    ),
  },
]

/** People and machines, each with the accounts that are theirs. */
export function IdentitiesPage(): JSX.Element {
  const search = useSearch({ from: '/signed-in/admin/identities' })
  const navigate = useNavigate()
  const [creating, setCreating] = useState(false)
  const may = useViewer().actions.includes('identity.write')
  const filter = compact({
    search: search.q,
    kind: search.kind,
    status: search.status,
    connectionId: search.connection,
    withoutAccounts: search.accounts === 'none' ? true : undefined,
    minAccounts: search.accounts === 'several' ? 2 : undefined,
  })
  const filtered = Object.keys(filter).length > 0
  const identities = useQuery({
    queryKey: ['identities', filter, search.after],
    queryFn: async ({ signal }) =>
      (await api(IdentitiesQuery, { filter, first: size, after: search.after ?? null }, signal)).identities,
    placeholderData: keepPreviousData,
  })
  const set = (change: object) =>
    void navigate({
      ...to.identities(
        compact({ ...search, after: undefined, page: undefined, ...change }) as IdentitySearch,
      ),
      replace: true,
    })
  return (
    <Page
      title="Identities"
      wide
      lead="People and machines. Accounts are their profiles in the connected systems and find them by visible rules."
      actions={
        <>
          <ExportMenu
            name="identities"
            total={identities.data?.total}
            read={async (after) => {
              const page = (await api(IdentitiesQuery, { filter, first: 100, after })).identities
              return { rows: page.nodes.map(flat), next: page.next }
            }}
          />
          {may && (
            <Button leftSection={<IconPlus size={16} />} onClick={() => setCreating(true)}>
              Create identity
            </Button>
          )}
        </>
      }
    >
      <div className="stack-l">
        <OpenWork />
        <div className="sheet">
          <Filters search={search} set={set} />
          <DataTable
            caption="Identities"
            columns={columns}
            rows={identities.data?.nodes}
            rowKey={({ id }) => id}
            error={identities.error}
            retry={() => void identities.refetch()}
            empty={filtered ? <NoneMatches /> : <NothingSynced what="identities" />}
          />
          {identities.data && (
            <Pager
              page={search.page ?? 1}
              size={size}
              shown={identities.data.nodes.length}
              total={identities.data.total}
              next={identities.data.next}
              goNext={(after) =>
                void navigate(to.identities({ ...search, after, page: (search.page ?? 1) + 1 }))
              }
              goFirst={() => set({})}
            />
          )}
        </div>
      </div>
      <Modal opened={creating} onClose={() => setCreating(false)} title="Create identity" size="lg">
        <CreateIdentity close={() => setCreating(false)} />
      </Modal>
      <SameElsewhere
        cli={`owlie identity list${search.q ? ` ${JSON.stringify(search.q)}` : ''}`}
        graphql="query { identities(first: 50) { total next nodes { id displayName email kind status accountCount profile } } }"
      />
    </Page>
  )
}

function NoneMatches(): JSX.Element {
  return (
    <Empty
      title="No identity matches."
      action={
        <ButtonLink {...to.identities()} variant="default">
          Clear the filters
        </ButtonLink>
      }
    >
      <p>Search looks at names and every attribute, e-mail addresses and employee numbers among them.</p>
    </Empty>
  )
}

function Filters({ search, set }: { search: IdentitySearch; set: (change: object) => void }): JSX.Element {
  const chosen = (value: string | null) => (value === 'any' || value === null ? undefined : value)
  return (
    <div className="filters" role="search">
      <SearchBox
        label="Search identities"
        placeholder="Name, e-mail address, employee number"
        value={search.q ?? ''}
        onSearch={(q) => set({ q: q || undefined })}
      />
      <Select
        aria-label="Kind"
        w={160}
        value={search.kind ?? 'any'}
        onChange={(value) => set({ kind: chosen(value) })}
        data={[
          { value: 'any', label: 'People, machines' },
          { value: 'person', label: 'People' },
          { value: 'machine', label: 'Machines' },
        ]}
      />
      <Select
        aria-label="Status"
        w={140}
        value={search.status ?? 'any'}
        onChange={(value) => set({ status: chosen(value) })}
        data={[
          { value: 'any', label: 'Any status' },
          { value: 'active', label: 'Active' },
          { value: 'disabled', label: 'Disabled' },
        ]}
      />
      <Select
        aria-label="Accounts"
        w={190}
        value={search.accounts ?? 'any'}
        onChange={(value) => set({ accounts: chosen(value) })}
        data={[
          { value: 'any', label: 'Any accounts' },
          { value: 'several', label: 'Several accounts' },
          { value: 'none', label: 'No present account' },
        ]}
      />
      <ConnectionFilter value={search.connection} onChange={(connection) => set({ connection })} />
    </div>
  )
}

function flat(identity: Identity) {
  const { id, displayName, email, kind, status, accountCount, createdAt } = identity
  const { title, department, employee_id: employeeId } = profileOf(identity)
  return {
    ...{ id, displayName, email: email ?? null, kind, status, accounts: accountCount },
    ...{ title: title ?? null, department: department ?? null, employeeId: employeeId ?? null, createdAt },
  }
}
