import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import type { JSX } from 'react'
import { api, failuresOf } from '../../api.ts'
import { graphql, type ResultOf } from '../../graphql.ts'
import { Attributes } from '../../parts/attributes.tsx'
import { CopyButton } from '../../parts/copy-button.tsx'
import { type Column, DataTable, Pager } from '../../parts/data-table.tsx'
import { Empty } from '../../parts/empty.tsx'
import { ExportMenu } from '../../parts/export-menu.tsx'
import { Facts } from '../../parts/facts.tsx'
import { FailureNote } from '../../parts/failure-note.tsx'
import { count } from '../../parts/figures.ts'
import { Page, PageSkeleton, Sheet } from '../../parts/page.tsx'
import { SearchBox } from '../../parts/search-box.tsx'
import { SameElsewhere } from '../../parts/snippet.tsx'
import { When } from '../../parts/when.tsx'
import { Word } from '../../parts/word.tsx'
import { ChangeMenu } from './operations/change-menu.tsx'
import { to } from '../../path-builder.ts'
import { compact, type ListSearch } from '../../search-params.ts'
import { NotFound } from '../../shell/not-found.tsx'
import { AccountWords } from './accounts.tsx'

const EntitlementQuery = graphql(`
  query Entitlement($id: ID!) {
    entitlement(id: $id) {
      id
      type
      externalId
      displayName
      description
      attributes
      holderCount
      firstSeenAt
      lastSeenAt
      staleSince
      connection {
        id
        name
        connector {
          label
        }
      }
    }
  }
`)

const HoldersQuery = graphql(`
  query Holders($id: ID!, $search: String, $first: Int!, $after: String) {
    entitlement(id: $id) {
      id
      holders(search: $search, first: $first, after: $after) {
        total
        next
        nodes {
          id
          origin
          accountExternalId
          firstSeenAt
          staleSince
          account {
            id
            displayName
            email
            status
            staleSince
          }
        }
      }
    }
  }
`)

type Holder = NonNullable<ResultOf<typeof HoldersQuery>['entitlement']>['holders']['nodes'][number]

const size = 50

export function RolePage(): JSX.Element {
  const { id } = useParams({ from: '/signed-in/admin/roles/$id' })
  return <Entitlement id={id} kind="role" search={useSearch({ from: '/signed-in/admin/roles/$id' })} />
}

export function OrganizationPage(): JSX.Element {
  const { id } = useParams({ from: '/signed-in/admin/organizations/$id' })
  return (
    <Entitlement
      id={id}
      kind="organization"
      search={useSearch({ from: '/signed-in/admin/organizations/$id' })}
    />
  )
}

const columns: readonly Column<Holder>[] = [
  {
    name: 'Account',
    width: '44%',
    cell: ({ account, accountExternalId }) =>
      account ? (
        <>
          <Link {...to.account(account.id)} className="strong-link">
            {account.displayName}
          </Link>
          {account.email && account.email !== account.displayName && (
            <div className="faint">{account.email}</div>
          )}
        </>
      ) : (
        <>
          <code className="mono">{accountExternalId}</code>
          <div className="faint">named by the system, but never listed among its users</div>
        </>
      ),
  },
  {
    name: 'Status',
    cell: ({ account }) => (account ? <AccountWords {...account} /> : <Word tone="warn">Unknown</Word>),
  },
  {
    name: 'Where it comes from',
    hideBelow: 720,
    cell: ({ origin }) => <span className="quiet">{origin}</span>,
  },
  { name: 'First seen', hideBelow: 720, cell: ({ firstSeenAt }) => <When at={firstSeenAt} /> },
  {
    name: 'Grant',
    hideBelow: 1000,
    cell: ({ staleSince }) =>
      staleSince ? (
        <Word tone="warn" late>
          Stale
        </Word>
      ) : (
        <Word tone="ok">Present</Word>
      ),
  },
]

function Entitlement({
  id,
  kind,
  search,
}: {
  id: string
  kind: 'role' | 'organization'
  search: ListSearch
}): JSX.Element {
  const navigate = useNavigate()
  const link = kind === 'role' ? to.role(id) : to.organization(id)
  const found = useQuery({
    queryKey: ['entitlement', id],
    queryFn: async ({ signal }) => (await api(EntitlementQuery, { id }, signal)).entitlement,
  })
  const holders = useQuery({
    queryKey: ['holders', id, search.q, search.after],
    queryFn: async ({ signal }) => readHolders(id, search.q ?? null, size, search.after ?? null, signal),
    placeholderData: keepPreviousData,
  })
  if (found.isPending) return <PageSkeleton />
  if (found.error)
    return (
      <Page title={kind === 'role' ? 'Role' : 'Organization'}>
        <FailureNote failures={failuresOf(found.error)} retry={() => void found.refetch()} />
      </Page>
    )
  const entitlement = found.data
  if (!entitlement || entitlement.type !== kind) return <NotFound what={`There is no such ${kind}.`} />
  const noun = kind === 'role' ? 'Holders' : 'Members'
  const set = (
    change: { q?: string | undefined; after?: string | undefined; page?: number | undefined },
    replace = true,
  ) =>
    void navigate({
      ...link,
      search: compact({ ...search, after: undefined, page: undefined, ...change }) as ListSearch,
      replace,
    })
  return (
    <Page
      title={entitlement.displayName}
      crumbs={[
        kind === 'role' ? (
          <Link key="list" {...to.roles()}>
            Roles
          </Link>
        ) : (
          <Link key="list" {...to.organizations()}>
            Organizations
          </Link>
        ),
      ]}
      aside={
        entitlement.staleSince && (
          <Word tone="warn" late>
            Stale
          </Word>
        )
      }
      lead={entitlement.description ?? undefined}
      actions={
        <>
          <ChangeMenu connection={entitlement.connection.id} what={kind} id={entitlement.externalId} />
          <ExportMenu
            name={`${kind}-${noun.toLowerCase()}`}
            total={holders.data?.total}
            read={async (after) => {
              const page = await readHolders(id, search.q ?? null, 100, after)
              return { rows: page.nodes.map(flat), next: page.next }
            }}
          />
        </>
      }
    >
      <div className="stack-l">
        <Sheet title={`${noun}: ${count(entitlement.holderCount)}`} flush>
          <div className="filters" role="search">
            <SearchBox
              label={`Search ${noun.toLowerCase()}`}
              placeholder="Name, e-mail address or id"
              value={search.q ?? ''}
              onSearch={(q) => set({ q: q || undefined })}
            />
          </div>
          <DataTable
            caption={noun}
            columns={columns}
            rows={holders.data?.nodes}
            rowKey={(holder) => holder.id}
            error={holders.error}
            retry={() => void holders.refetch()}
            skeletonRows={5}
            empty={
              search.q ? (
                <Empty title="Nobody matches.">
                  <p>Clear the search to see all.</p>
                </Empty>
              ) : (
                <Empty title={`No ${noun.toLowerCase()} were seen.`}>
                  <p>
                    Either there are none, or they could not be read. The last sync run says which kinds were
                    skipped, and why.
                  </p>
                </Empty>
              )
            }
          />
          {holders.data && (
            <Pager
              page={search.page ?? 1}
              size={size}
              shown={holders.data.nodes.length}
              total={holders.data.total}
              next={holders.data.next}
              goNext={(after) => set({ after, page: (search.page ?? 1) + 1 }, false)}
              goFirst={() => set({})}
            />
          )}
        </Sheet>
        <Sheet title="About">
          <Facts
            rows={[
              [
                'Id',
                <span key="id" className="row" style={{ gap: 2, flexWrap: 'nowrap' }}>
                  <code className="mono">{entitlement.externalId}</code>
                  <CopyButton text={entitlement.externalId} label="Copy id" />
                </span>,
              ],
              ['System', `${entitlement.connection.connector.label}, ${entitlement.connection.name}`],
              ['First seen', <When key="first" at={entitlement.firstSeenAt} />],
              ['Last seen', <When key="last" at={entitlement.lastSeenAt} />],
              entitlement.staleSince
                ? ['Stale since', <When key="stale" at={entitlement.staleSince} />]
                : null,
            ]}
          />
          <hr className="rule" />
          <Attributes value={entitlement.attributes} />
        </Sheet>
      </div>
      <SameElsewhere
        cli={`owlie inventory export Auth0 | jq -c 'select(.kind == "grant" and .entitlement == ${JSON.stringify(entitlement.externalId)})'`}
        graphql={`query { entitlement(id: "${id}") { displayName holderCount holders(first: ${size}) { total next nodes { origin account { displayName email } } } } }`}
      />
    </Page>
  )
}

async function readHolders(
  id: string,
  search: string | null,
  first: number,
  after: string | null,
  signal?: AbortSignal,
) {
  const { entitlement } = await api(HoldersQuery, { id, search, first, after }, signal)
  return entitlement?.holders ?? { nodes: [], next: null, total: 0 }
}

function flat({ account, accountExternalId, origin, firstSeenAt, staleSince }: Holder) {
  return {
    account: accountExternalId,
    displayName: account?.displayName ?? null,
    email: account?.email ?? null,
    status: account?.status ?? null,
    origin,
    firstSeenAt,
    staleSince: staleSince ?? null,
  }
}
