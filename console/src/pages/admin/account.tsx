import { Timeline } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import type { JSX } from 'react'
import { api, failuresOf } from '../../api.ts'
import { graphql, type ResultOf } from '../../graphql.ts'
import { Attributes } from '../../parts/attributes.tsx'
import { CopyButton } from '../../parts/copy-button.tsx'
import { type Column, DataTable } from '../../parts/data-table.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Facts } from '../../parts/facts.tsx'
import { FailureNote } from '../../parts/failure-note.tsx'
import { count } from '../../parts/figures.ts'
import { LoadMore } from '../../parts/load-more.tsx'
import { Page, PageSkeleton, Sheet } from '../../parts/page.tsx'
import { quoted } from '../../parts/quoted.ts'
import { SameElsewhere } from '../../parts/snippet.tsx'
import { When } from '../../parts/when.tsx'
import { Word } from '../../parts/word.tsx'
import { ChangeMenu } from './operations/change-menu.tsx'
import { to } from '../../path-builder.ts'
import { NotFound } from '../../shell/not-found.tsx'
import { AccountAccess } from './account-access.tsx'
import { AccountPermissions } from './account-permissions.tsx'
import { AccountWords } from './accounts.tsx'
import { EntitlementName, typeWord } from './entitlement-name.tsx'
import { AccountIdentity } from './identities/account-identity.tsx'

const AccountQuery = graphql(`
  query Account($id: ID!) {
    account(id: $id) {
      id
      externalId
      displayName
      email
      status
      attributes
      grantCount
      firstSeenAt
      changedAt
      lastSeenAt
      staleSince
      connection {
        id
        name
        connector {
          name
          label
        }
      }
    }
  }
`)

const GrantsQuery = graphql(`
  query AccountGrants($id: ID!, $after: String) {
    account(id: $id) {
      id
      grants(first: 100, after: $after) {
        total
        next
        nodes {
          id
          type
          origin
          firstSeenAt
          lastSeenAt
          staleSince
          entitlement {
            id
            type
            displayName
            externalId
          }
        }
      }
    }
  }
`)

type Grant = NonNullable<ResultOf<typeof GrantsQuery>['account']>['grants']['nodes'][number]

const columns: readonly Column<Grant>[] = [
  {
    name: 'Holds',
    width: '34%',
    cell: ({ entitlement }) => <EntitlementName entitlement={entitlement} />,
  },
  {
    name: 'Kind',
    hideBelow: 720,
    cell: ({ entitlement }) => typeWord(entitlement.type),
  },
  { name: 'Where it comes from', cell: ({ origin }) => <span className="quiet">{origin}</span> },
  { name: 'First seen', hideBelow: 720, cell: ({ firstSeenAt }) => <When at={firstSeenAt} /> },
  {
    name: 'State',
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

/** One account: who it is, what it holds and why, and what sync runs saw of it. */
export function AccountPage(): JSX.Element {
  const { id } = useParams({ from: '/signed-in/admin/accounts/$id' })
  const found = useQuery({
    queryKey: ['account', id],
    queryFn: async ({ signal }) => (await api(AccountQuery, { id }, signal)).account,
  })
  const grants = useInfiniteQuery({
    queryKey: ['account-grants', id],
    queryFn: async ({ signal, pageParam }) =>
      (await api(GrantsQuery, { id, after: pageParam }, signal)).account?.grants ?? {
        nodes: [],
        next: null,
        total: 0,
      },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  })
  if (found.isPending) return <PageSkeleton />
  if (found.error)
    return (
      <Page title="Account">
        <FailureNote failures={failuresOf(found.error)} retry={() => void found.refetch()} />
      </Page>
    )
  const account = found.data
  if (!account) return <NotFound what="There is no such account." />
  return (
    <Page
      title={account.displayName}
      crumbs={[
        <Link key="list" {...to.accounts()}>
          Accounts
        </Link>,
      ]}
      aside={<AccountWords {...account} />}
      actions={<ChangeMenu connection={account.connection.id} what="user" id={account.externalId} />}
      lead={account.email && account.email !== account.displayName ? account.email : undefined}
    >
      <div className="stack-l">
        <Sheet title={`Holds ${count(grants.data?.pages[0]?.total ?? account.grantCount)}`} flush>
          <DataTable
            caption="What this account holds"
            columns={columns}
            rows={grants.data?.pages.flatMap(({ nodes }) => nodes)}
            rowKey={(grant) => grant.id}
            error={grants.error}
            retry={() => void grants.refetch()}
            skeletonRows={3}
            empty={
              <Empty title="Holds nothing that Owlie has seen.">
                <p>
                  No role and no organization membership was read for this account. If role holders were
                  skipped in the last run, roles are missing here.
                </p>
              </Empty>
            }
          />
          <LoadMore query={grants} />
        </Sheet>
        <AccountAccess id={id} />
        <AccountPermissions id={id} system={account.connection.connector.label} />
        <div className="halves">
          <Sheet title="Profile">
            <Facts
              rows={[
                ['Identity', <AccountIdentity key="identity" id={account.id} />],
                [
                  'Id',
                  <span key="id" className="row" style={{ gap: 2, flexWrap: 'nowrap' }}>
                    <code className="mono">{account.externalId}</code>
                    <CopyButton text={account.externalId} label="Copy id" />
                  </span>,
                ],
                ['System', `${account.connection.connector.label}, ${account.connection.name}`],
              ]}
            />
            <hr className="rule" />
            <Attributes value={account.attributes} />
          </Sheet>
          <Sheet title="What sync saw">
            <Timeline active={9} bulletSize={14} lineWidth={2} color="petrol">
              <Timeline.Item title="First seen">
                <When at={account.firstSeenAt} />
              </Timeline.Item>
              {account.changedAt !== account.firstSeenAt && (
                <Timeline.Item title="Last change of the profile">
                  <When at={account.changedAt} />
                </Timeline.Item>
              )}
              <Timeline.Item title="Last seen">
                <When at={account.lastSeenAt} />
              </Timeline.Item>
              {account.staleSince && (
                <Timeline.Item title="Stale since" color="orange">
                  <When at={account.staleSince} />
                  <p className="quiet" style={{ margin: '4px 0 0' }}>
                    A complete run did not find it any more. Owlie keeps it until someone decides.
                  </p>
                </Timeline.Item>
              )}
            </Timeline>
          </Sheet>
        </div>
      </div>
      <SameElsewhere
        cli={`owlie inventory export ${quoted(account.connection.name)} | jq -c 'select(.id == ${JSON.stringify(account.externalId)} or .account == ${JSON.stringify(account.externalId)})'`}
        graphql={`query { account(id: "${account.id}") { displayName email status attributes grants { nodes { origin entitlement { displayName type } } } } }`}
      />
    </Page>
  )
}
