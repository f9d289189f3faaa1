import { Select } from '@mantine/core'
import { IconArrowRight } from '@tabler/icons-react'
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
import { SameElsewhere } from '../../parts/snippet.tsx'
import { When } from '../../parts/when.tsx'
import { to, toEntitlement } from '../../path-builder.ts'
import { compact, type StaleSearch } from '../../search-params.ts'
import { ConnectionFilter } from './list-filters.tsx'

const StaleQuery = graphql(`
  query Stale($connectionId: ID, $kind: String, $first: Int!, $after: String) {
    staleObjects(connectionId: $connectionId, kind: $kind, first: $first, after: $after) {
      total
      next
      nodes {
        id
        kind
        kindLabel
        label
        externalId
        accountId
        entitlementId
        entitlementType
        missedFirstAt
        lastSeenAt
        staleSince
        connection {
          id
          name
        }
      }
    }
    connections {
      id
      counts {
        kind
        label
        stale
      }
    }
  }
`)

type Result = ResultOf<typeof StaleQuery>
type Stale = Result['staleObjects']['nodes'][number]

const size = 50

const columns: readonly Column<Stale>[] = [
  {
    name: 'What',
    width: '40%',
    cell: (each) => (
      <>
        <Name {...each} />
        <div className="faint">
          <Ids text={each.externalId} />
        </div>
      </>
    ),
  },
  { name: 'Kind', cell: ({ kindLabel }) => kindLabel },
  { name: 'Connection', hideBelow: 1000, cell: ({ connection }) => connection.name },
  { name: 'Last seen', hideBelow: 720, cell: ({ lastSeenAt }) => <When at={lastSeenAt} /> },
  { name: 'First missed', cell: ({ missedFirstAt }) => <When at={missedFirstAt} /> },
]

/** To the account, the role or the organization; of a grant to the account that held it. */
function Name({ label, accountId, entitlementId, entitlementType }: Stale): JSX.Element {
  if (accountId)
    return (
      <Link {...to.account(accountId)} className="strong-link">
        {label}
      </Link>
    )
  if (entitlementId && (entitlementType === 'role' || entitlementType === 'organization'))
    return (
      <Link {...toEntitlement({ id: entitlementId, type: entitlementType })} className="strong-link">
        {label}
      </Link>
    )
  return <strong>{label}</strong>
}

/** Of a grant two ids, with an arrow every font has. */
function Ids({ text }: { text: string }): JSX.Element {
  const [account, entitlement] = text.split(' → ')
  if (entitlement === undefined) return <>{text}</>
  return (
    <span className="row" style={{ gap: '0 6px' }}>
      {account}
      <IconArrowRight size={13} aria-hidden />
      <span className="sr-only">in</span>
      {entitlement}
    </span>
  )
}

/** What complete runs see no more: accounts, roles, organizations and who held them. Nothing of it was removed. */
export function StalePage(): JSX.Element {
  const search = useSearch({ from: '/signed-in/admin/stale' })
  const navigate = useNavigate()
  const variables = compact({ connectionId: search.connection, kind: search.kind })
  const filtered = Object.keys(variables).length > 0
  const found = useQuery({
    queryKey: ['stale', variables, search.after],
    queryFn: ({ signal }) =>
      api(StaleQuery, { ...variables, first: size, after: search.after ?? null }, signal),
    placeholderData: keepPreviousData,
  })
  const list = found.data?.staleObjects
  const set = (change: Partial<StaleSearch>) =>
    void navigate({
      ...to.stale(compact({ ...search, after: undefined, page: undefined, ...change }) as StaleSearch),
      replace: true,
    })
  return (
    <Page
      title="Stale"
      wide
      lead="What was there and was not seen any more by a run that read its kind completely. It is kept; what nobody wants is removed after the days set under Guard. Seen again, it leaves this list."
      actions={
        <ExportMenu
          name="stale"
          total={list?.total}
          read={async (after) => {
            const page = (await api(StaleQuery, { ...variables, first: 100, after })).staleObjects
            return { rows: page.nodes.map(flat), next: page.next }
          }}
        />
      }
    >
      <div className="sheet">
        <div className="filters" role="search">
          <Select
            aria-label="Kind"
            w={240}
            value={search.kind ?? 'any'}
            onChange={(kind) =>
              set({ kind: kind === null || kind === 'any' ? undefined : kind } as Partial<StaleSearch>)
            }
            data={kindsIn(found.data, search)}
          />
          <ConnectionFilter
            value={search.connection}
            onChange={(connection) => set({ connection } as Partial<StaleSearch>)}
          />
        </div>
        <DataTable
          caption="Stale"
          columns={columns}
          rows={list?.nodes}
          rowKey={({ id }) => id}
          error={found.error}
          retry={() => void found.refetch()}
          empty={
            filtered ? (
              <Empty title="Nothing stale like this.">
                <p>Choose another kind or connection.</p>
              </Empty>
            ) : (
              <Empty title="Nothing is stale.">
                <p>All that was ever read was there at the last complete run of its kind.</p>
              </Empty>
            )
          }
        />
        {list && (
          <Pager
            page={search.page ?? 1}
            size={size}
            shown={list.nodes.length}
            total={list.total}
            next={list.next}
            goNext={(after) => void navigate(to.stale({ ...search, after, page: (search.page ?? 1) + 1 }))}
            goFirst={() => set({})}
          />
        )}
      </div>
      <SameElsewhere
        cli="owlie inventory stale Auth0"
        graphql={`query { staleObjects(first: ${size}) { total next nodes { kind label externalId missedFirstAt lastSeenAt } } }`}
      />
    </Page>
  )
}

/** The kinds that have any, with how many; the chosen one also when it has none left. */
function kindsIn(data: Result | undefined, { connection, kind: chosen }: StaleSearch) {
  const kinds = new Map<string, { label: string; stale: number }>()
  for (const { id, counts } of data?.connections ?? [])
    for (const { kind, label, stale } of counts)
      if (connection === undefined || connection === id)
        kinds.set(kind, { label, stale: stale + (kinds.get(kind)?.stale ?? 0) })
  const listed = [...kinds].filter(([kind, { stale }]) => stale > 0 || kind === chosen)
  return [
    { value: 'any', label: 'Any kind' },
    ...listed.map(([value, { label, stale }]) => ({ value, label: `${label} (${count(stale)})` })),
  ]
}

function flat({ connection, kind, label, externalId, missedFirstAt, lastSeenAt, staleSince }: Stale) {
  return { connection: connection.name, kind, id: externalId, label, lastSeenAt, missedFirstAt, staleSince }
}
