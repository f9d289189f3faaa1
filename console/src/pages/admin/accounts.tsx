import { Select } from '@mantine/core'
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
import { to } from '../../path-builder.ts'
import { type AccountSearch, compact } from '../../search-params.ts'
import { ConnectionFilter, NothingSynced, StaleFilter } from './list-filters.tsx'

const AccountsQuery = graphql(`
  query Accounts($filter: AccountFilter, $first: Int!, $after: String) {
    accounts(filter: $filter, first: $first, after: $after) {
      total
      next
      nodes {
        id
        externalId
        displayName
        email
        status
        grantCount
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

type Account = ResultOf<typeof AccountsQuery>['accounts']['nodes'][number]

const size = 50

const columns: readonly Column<Account>[] = [
  {
    name: 'Account',
    width: '38%',
    cell: ({ id, displayName, email, externalId }) => (
      <>
        <Link {...to.account(id)} className="strong-link">
          {displayName}
        </Link>
        <div className="faint">{email && email !== displayName ? email : externalId}</div>
      </>
    ),
  },
  { name: 'Status', cell: (account) => <AccountWords {...account} /> },
  { name: 'Holds', numeric: true, cell: ({ grantCount }) => count(grantCount) },
  { name: 'Connection', hideBelow: 1000, cell: ({ connection }) => connection.name },
  { name: 'First seen', hideBelow: 720, cell: ({ firstSeenAt }) => <When at={firstSeenAt} /> },
  { name: 'Last seen', hideBelow: 1000, cell: ({ lastSeenAt }) => <When at={lastSeenAt} /> },
]

/** Status and staleness are two things: a blocked account can be stale as well. */
export function AccountWords({ status, staleSince }: Pick<Account, 'status' | 'staleSince'>): JSX.Element {
  return (
    <span className="row" style={{ gap: 4 }}>
      {status === 'active' ? <Word tone="ok">Active</Word> : <Word tone="bad">Blocked</Word>}
      {staleSince && (
        <Word tone="warn" late>
          Stale
        </Word>
      )}
    </span>
  )
}

export function AccountsPage(): JSX.Element {
  const search = useSearch({ from: '/signed-in/admin/accounts' })
  const navigate = useNavigate()
  const filter = compact({
    search: search.q,
    status: search.status,
    stale: search.stale,
    connectionId: search.connection,
  })
  const filtered = Object.keys(filter).length > 0
  const accounts = useQuery({
    queryKey: ['accounts', filter, search.after],
    queryFn: async ({ signal }) =>
      (await api(AccountsQuery, { filter, first: size, after: search.after ?? null }, signal)).accounts,
    placeholderData: keepPreviousData,
  })
  const set = (change: Partial<AccountSearch>) =>
    void navigate({
      ...to.accounts(compact({ ...search, after: undefined, page: undefined, ...change }) as AccountSearch),
      replace: true,
    })
  return (
    <Page
      title="Accounts"
      wide
      lead="Profiles of people and machines as the connected systems have them. One person can have several."
      actions={
        <ExportMenu
          name="accounts"
          total={accounts.data?.total}
          read={async (after) => {
            const page = (await api(AccountsQuery, { filter, first: 100, after })).accounts
            return { rows: page.nodes.map(flat), next: page.next }
          }}
        />
      }
    >
      <div className="sheet">
        <div className="filters" role="search">
          <SearchBox
            label="Search accounts"
            placeholder="Name, e-mail address or id"
            value={search.q ?? ''}
            onSearch={(q) => set({ q: q || undefined } as AccountSearch)}
          />
          <Select
            aria-label="Status"
            w={140}
            value={search.status ?? 'any'}
            onChange={(value) => set({ status: value === 'any' ? undefined : value } as AccountSearch)}
            data={[
              { value: 'any', label: 'Any status' },
              { value: 'active', label: 'Active' },
              { value: 'blocked', label: 'Blocked' },
            ]}
          />
          <StaleFilter value={search.stale} onChange={(stale) => set({ stale } as AccountSearch)} />
          <ConnectionFilter
            value={search.connection}
            onChange={(connection) => set({ connection } as AccountSearch)}
          />
        </div>
        <DataTable
          caption="Accounts"
          columns={columns}
          rows={accounts.data?.nodes}
          rowKey={({ id }) => id}
          error={accounts.error}
          retry={() => void accounts.refetch()}
          empty={
            filtered ? (
              <Empty title="No account matches.">
                <p>
                  Search looks at names, e-mail addresses and ids. Widen the filters, or clear the search.
                </p>
              </Empty>
            ) : (
              <NothingSynced what="accounts" />
            )
          }
        />
        {accounts.data && (
          <Pager
            page={search.page ?? 1}
            size={size}
            shown={accounts.data.nodes.length}
            total={accounts.data.total}
            next={accounts.data.next}
            goNext={(after) => void navigate(to.accounts({ ...search, after, page: (search.page ?? 1) + 1 }))}
            goFirst={() => set({})}
          />
        )}
      </div>
      <SameElsewhere
        cli={`owlie inventory export Auth0 | jq -c 'select(.kind == "account")'`}
        graphql={`query { accounts(filter: ${inline(filter)}, first: ${size}) { total next nodes { id externalId displayName email status grantCount staleSince } } }`}
      />
    </Page>
  )
}

function flat(account: Account) {
  const { externalId, displayName, email, status, grantCount, firstSeenAt, lastSeenAt, staleSince } = account
  return {
    connection: account.connection.name,
    id: externalId,
    displayName,
    email: email ?? null,
    status,
    grants: grantCount,
    firstSeenAt,
    lastSeenAt,
    staleSince: staleSince ?? null,
  }
}

/** A filter as GraphQL writes it. Enum values carry no quotes. */
export function inline(filter: Readonly<Record<string, unknown>>): string {
  const fields = Object.entries(filter).map(([name, value]) =>
    name === 'status' ? `${name}: ${String(value)}` : `${name}: ${JSON.stringify(value)}`,
  )
  return `{ ${fields.join(', ')} }`
}
