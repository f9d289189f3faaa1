import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import type { JSX } from 'react'
import { api } from '../../api.ts'
import { graphql, type ResultOf } from '../../graphql.ts'
import { type Column, DataTable, Pager } from '../../parts/data-table.tsx'
import { Empty } from '../../parts/empty.tsx'
import { ExportMenu } from '../../parts/export-menu.tsx'
import { count } from '../../parts/figures.ts'
import { Page } from '../../parts/page.tsx'
import { SearchBox } from '../../parts/search-box.tsx'
import { SameElsewhere } from '../../parts/snippet.tsx'
import { When } from '../../parts/when.tsx'
import { Word } from '../../parts/word.tsx'
import { to, toEntitlement } from '../../path-builder.ts'
import { compact, type ListSearch } from '../../search-params.ts'
import { inline } from './accounts.tsx'
import { ConnectionFilter, NothingSynced, StaleFilter } from './list-filters.tsx'

const EntitlementsQuery = graphql(`
  query Entitlements($filter: EntitlementFilter!, $first: Int!, $after: String) {
    entitlements(filter: $filter, first: $first, after: $after) {
      total
      next
      nodes {
        id
        type
        externalId
        displayName
        description
        holderCount
        firstSeenAt
        lastSeenAt
        staleSince
        connection {
          id
          name
        }
      }
    }
  }
`)

type Entitlement = ResultOf<typeof EntitlementsQuery>['entitlements']['nodes'][number]

/** The two kinds differ in their words only. */
const kinds = {
  role: {
    title: 'Roles',
    plural: 'roles',
    one: 'Role',
    holders: 'Holders',
    lead: 'Roles of the connected systems and how many accounts hold each.',
    link: to.roles,
    record: 'role',
  },
  organization: {
    title: 'Organizations',
    plural: 'organizations',
    one: 'Organization',
    holders: 'Members',
    lead: 'Organizations of the connected systems and how many accounts are members of each.',
    link: to.organizations,
    record: 'organization',
  },
} as const

const size = 50

export function RolesPage(): JSX.Element {
  return <Entitlements kind="role" search={useSearch({ from: '/signed-in/admin/roles' })} />
}

export function OrganizationsPage(): JSX.Element {
  return <Entitlements kind="organization" search={useSearch({ from: '/signed-in/admin/organizations' })} />
}

function columnsOf(kind: keyof typeof kinds): readonly Column<Entitlement>[] {
  return [
    {
      name: kinds[kind].one,
      width: '46%',
      cell: (each) => (
        <>
          <span className="row" style={{ gap: 6 }}>
            <Link {...toEntitlement(each)} className="strong-link">
              {each.displayName}
            </Link>
            {each.staleSince && (
              <Word tone="warn" late>
                Stale
              </Word>
            )}
          </span>
          <div className="faint">{each.description || each.externalId}</div>
        </>
      ),
    },
    { name: kinds[kind].holders, numeric: true, cell: ({ holderCount }) => count(holderCount) },
    { name: 'Connection', hideBelow: 1000, cell: ({ connection }) => connection.name },
    { name: 'First seen', hideBelow: 720, cell: ({ firstSeenAt }) => <When at={firstSeenAt} /> },
    { name: 'Last seen', hideBelow: 1000, cell: ({ lastSeenAt }) => <When at={lastSeenAt} /> },
  ]
}

function Entitlements({ kind, search }: { kind: keyof typeof kinds; search: ListSearch }): JSX.Element {
  const words = kinds[kind]
  const navigate = useNavigate()
  const filter = compact({
    type: kind,
    search: search.q,
    stale: search.stale,
    connectionId: search.connection,
  })
  const filtered = Object.keys(filter).length > 1
  const list = useQuery({
    queryKey: ['entitlements', filter, search.after],
    queryFn: async ({ signal }) =>
      (await api(EntitlementsQuery, { filter, first: size, after: search.after ?? null }, signal))
        .entitlements,
    placeholderData: keepPreviousData,
  })
  const set = (change: { [Key in keyof ListSearch]?: ListSearch[Key] | undefined }) =>
    void navigate({
      ...words.link(compact({ ...search, after: undefined, page: undefined, ...change }) as ListSearch),
      replace: true,
    })
  return (
    <Page
      title={words.title}
      wide
      lead={words.lead}
      actions={
        <ExportMenu
          name={words.plural}
          total={list.data?.total}
          read={async (after) => {
            const page = (await api(EntitlementsQuery, { filter, first: 100, after })).entitlements
            return { rows: page.nodes.map(flat), next: page.next }
          }}
        />
      }
    >
      <div className="sheet">
        <div className="filters" role="search">
          <SearchBox
            label={`Search ${words.plural}`}
            placeholder="Name, description or id"
            value={search.q ?? ''}
            onSearch={(q) => set({ q: q || undefined })}
          />
          <StaleFilter value={search.stale} onChange={(stale) => set({ stale })} />
          <ConnectionFilter value={search.connection} onChange={(connection) => set({ connection })} />
        </div>
        <DataTable
          caption={words.title}
          columns={columnsOf(kind)}
          rows={list.data?.nodes}
          rowKey={({ id }) => id}
          error={list.error}
          retry={() => void list.refetch()}
          empty={
            filtered ? (
              <Empty title={`No ${kind} matches.`}>
                <p>Widen the filters, or clear the search.</p>
              </Empty>
            ) : (
              <NothingSynced what={words.plural} />
            )
          }
        />
        {list.data && (
          <Pager
            page={search.page ?? 1}
            size={size}
            shown={list.data.nodes.length}
            total={list.data.total}
            next={list.data.next}
            goNext={(after) => void navigate(words.link({ ...search, after, page: (search.page ?? 1) + 1 }))}
            goFirst={() => set({})}
          />
        )}
      </div>
      <SameElsewhere
        cli={`owlie inventory export Auth0 | jq -c 'select(.kind == "${words.record}")'`}
        graphql={`query { entitlements(filter: ${inline(filter)}, first: ${size}) { total next nodes { id externalId displayName holderCount staleSince } } }`}
      />
    </Page>
  )
}

function flat(each: Entitlement) {
  return {
    connection: each.connection.name,
    id: each.externalId,
    type: each.type,
    displayName: each.displayName,
    description: each.description ?? null,
    holders: each.holderCount,
    firstSeenAt: each.firstSeenAt,
    lastSeenAt: each.lastSeenAt,
    staleSince: each.staleSince ?? null,
  }
}
