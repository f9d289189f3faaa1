import { useQueries } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { JSX } from 'react'
import { api } from '../../../api.ts'
import { graphql, type ResultOf } from '../../../graphql.ts'
import { type Column, DataTable } from '../../../parts/data-table.tsx'
import { Empty } from '../../../parts/empty.tsx'
import { count } from '../../../parts/figures.ts'
import { Sheet } from '../../../parts/page.tsx'
import { to } from '../../../path-builder.ts'
import { Ways } from '../account-access.tsx'
import { EntitlementName, typeWord } from '../entitlement-name.tsx'

const AccessQuery = graphql(`
  query IdentityAccess($id: ID!) {
    account(id: $id) {
      id
      effectiveAccess {
        entitlements {
          entitlement {
            id
            type
            displayName
          }
          origins {
            words
          }
        }
        permissions {
          name
        }
      }
    }
  }
`)

interface Account {
  readonly id: string
  readonly displayName: string
  readonly connection: { readonly name: string }
}

type Held = NonNullable<ResultOf<typeof AccessQuery>['account']>['effectiveAccess']['entitlements'][number]
type Row = Held & { readonly account: Account }

const columns: readonly Column<Row>[] = [
  { name: 'Holds', width: '30%', cell: ({ entitlement }) => <EntitlementName entitlement={entitlement} /> },
  { name: 'Kind', hideBelow: 720, cell: ({ entitlement }) => typeWord(entitlement.type) },
  {
    name: 'Through the account',
    cell: ({ account }) => (
      <Link {...to.account(account.id)} className="link">
        {account.displayName} in {account.connection.name}
      </Link>
    ),
  },
  {
    name: 'Where it comes from',
    hideBelow: 720,
    cell: ({ origins }) => <Ways words={origins.map(({ words }) => words)} />,
  },
]

/** What it can reach, over all of its accounts, and through which. */
export function IdentityAccess({ accounts }: { accounts: readonly Account[] }): JSX.Element {
  const found = useQueries({
    queries: accounts.map(({ id }) => ({
      queryKey: ['identity-access', id],
      queryFn: async ({ signal }: { signal: AbortSignal }) =>
        (await api(AccessQuery, { id }, signal)).account,
    })),
  })
  const failed = found.find(({ error }) => error !== null)
  const isRead = found.every(({ data }) => data !== undefined)
  const rows = found.flatMap(({ data }, place): readonly Row[] =>
    (data?.effectiveAccess.entitlements ?? []).map((each) => ({ ...each, account: accounts[place]! })),
  )
  const permissions = found.reduce(
    (sum, { data }) => sum + (data?.effectiveAccess.permissions.length ?? 0),
    0,
  )
  return (
    <Sheet
      title={isRead ? `Holds ${count(rows.length)}` : 'Holds'}
      flush
      actions={
        permissions > 0 && <span className="quiet">{count(permissions)} permissions; see the accounts</span>
      }
    >
      <DataTable
        caption="What this identity holds, by account"
        columns={columns}
        rows={isRead ? rows : undefined}
        rowKey={({ account, entitlement }) => `${account.id} ${entitlement.id}`}
        error={failed?.error}
        retry={() => found.forEach((each) => void each.refetch())}
        skeletonRows={3}
        empty={
          <Empty title="Holds nothing that Owlie has seen.">
            <p>No account of this identity holds a role, a group or a membership.</p>
          </Empty>
        }
      />
    </Sheet>
  )
}
