import { Button, Menu, Modal, SegmentedControl } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { IconDots } from '@tabler/icons-react'
import { type JSX, useState } from 'react'
import { api } from '../../../api.ts'
import { graphql, type ResultOf } from '../../../graphql.ts'
import { ButtonLink } from '../../../parts/button-link.tsx'
import { type Column, DataTable, Pager } from '../../../parts/data-table.tsx'
import { Empty } from '../../../parts/empty.tsx'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { count } from '../../../parts/figures.ts'
import { Page } from '../../../parts/page.tsx'
import { SearchBox } from '../../../parts/search-box.tsx'
import { SameElsewhere } from '../../../parts/snippet.tsx'
import { When } from '../../../parts/when.tsx'
import { to } from '../../../path-builder.ts'
import { compact, type OrphanSearch } from '../../../search-params.ts'
import { useViewer } from '../../../viewer.ts'
import { AccountWords } from '../accounts.tsx'
import { ConnectionFilter } from '../list-filters.tsx'
import { CreateForMutation, MarkMutation, useDecision } from './identity-query.ts'
import { IdentityName } from './identity-words.tsx'
import { LinkAccount } from './merge.tsx'

const OrphansQuery = graphql(`
  query Orphans($connectionId: ID, $search: String, $nature: AccountNature, $first: Int!, $after: String) {
    orphanAccounts(
      connectionId: $connectionId
      search: $search
      nature: $nature
      first: $first
      after: $after
    ) {
      total
      next
      nodes {
        id
        displayName
        email
        externalId
        status
        staleSince
        grantCount
        firstSeenAt
        connection {
          name
        }
        identity {
          id
          displayName
        }
      }
    }
  }
`)

type Orphan = ResultOf<typeof OrphansQuery>['orphanAccounts']['nodes'][number]

const size = 50

const columns: readonly Column<Orphan>[] = [
  {
    name: 'Account',
    width: '36%',
    cell: ({ id, displayName, email, externalId }) => (
      <>
        <Link {...to.account(id)} className="strong-link">
          {displayName}
        </Link>
        <div className="faint">{email && email !== displayName ? email : externalId}</div>
      </>
    ),
  },
  { name: 'System', cell: ({ connection }) => connection.name },
  { name: 'Status', hideBelow: 720, cell: (account) => <AccountWords {...account} /> },
  { name: 'Holds', numeric: true, hideBelow: 720, cell: ({ grantCount }) => count(grantCount) },
  { name: 'First seen', hideBelow: 1000, cell: ({ firstSeenAt }) => <When at={firstSeenAt} /> },
]

const owner: Column<Orphan> = {
  name: 'Answers for it',
  cell: ({ identity }) =>
    identity ? <IdentityName identity={identity} /> : <span className="faint">nobody</span>,
}

/** Accounts nobody answers for, and the service accounts. */
export function OrphansPage(): JSX.Element {
  const search = useSearch({ from: '/signed-in/admin/identities/orphans' })
  const navigate = useNavigate()
  const may = useViewer().actions.includes('identity.write')
  const { decide, failures } = useDecision()
  const [linking, setLinking] = useState<Orphan | null>(null)
  const isService = search.nature === 'service'
  const variables = {
    connectionId: search.connection ?? null,
    search: search.q ?? null,
    nature: search.nature ?? null,
  }
  const orphans = useQuery({
    queryKey: ['identity-orphans', variables, search.after],
    queryFn: async ({ signal }) =>
      (await api(OrphansQuery, { ...variables, first: size, after: search.after ?? null }, signal))
        .orphanAccounts,
    placeholderData: keepPreviousData,
  })
  const set = (change: object) =>
    void navigate({
      ...to.orphans(compact({ ...search, after: undefined, page: undefined, ...change }) as OrphanSearch),
      replace: true,
    })
  const create = (account: Orphan) =>
    decide.mutate({
      said: `${account.displayName} is an identity of its own now.`,
      send: async () => (await api(CreateForMutation, { accountId: account.id })).createIdentityFor,
    })
  const mark = (account: Orphan) => {
    const nature = isService ? 'personal' : 'service'
    decide.mutate({
      said: `${account.displayName} is marked as a ${nature} account.`,
      send: async () => (await api(MarkMutation, { accountId: account.id, nature })).markAccount,
    })
  }
  const shown = isService ? [...columns.slice(0, 2), owner, ...columns.slice(2)] : columns
  return (
    <Page
      title="Accounts without identity"
      wide
      crumbs={[
        <Link key="list" {...to.identities()}>
          Identities
        </Link>,
      ]}
      lead={
        isService
          ? 'Accounts of programs. Rules leave them alone; give each to whoever answers for it.'
          : 'Nobody answers for these: nothing matched and their connection makes no identities, or somebody took them away.'
      }
    >
      {failures.length > 0 && <FailureNote failures={failures} />}
      <div className="sheet">
        <div className="filters" role="search">
          <SearchBox
            label="Search accounts"
            placeholder="Name, e-mail address or id"
            value={search.q ?? ''}
            onSearch={(q) => set({ q: q || undefined })}
          />
          <SegmentedControl
            aria-label="Which accounts"
            value={isService ? 'service' : 'personal'}
            onChange={(value) => set({ nature: value === 'service' ? 'service' : undefined })}
            data={[
              { value: 'personal', label: 'Without identity' },
              { value: 'service', label: 'Service accounts' },
            ]}
          />
          <ConnectionFilter value={search.connection} onChange={(connection) => set({ connection })} />
        </div>
        <DataTable
          caption="Accounts without identity"
          columns={may ? [...shown, actions(isService, { create, mark, link: setLinking })] : shown}
          rows={orphans.data?.nodes}
          rowKey={({ id }) => id}
          error={orphans.error}
          retry={() => void orphans.refetch()}
          empty={<NoOrphans isService={isService} isFiltered={Boolean(search.q ?? search.connection)} />}
        />
        {orphans.data && (
          <Pager
            page={search.page ?? 1}
            size={size}
            shown={orphans.data.nodes.length}
            total={orphans.data.total}
            next={orphans.data.next}
            goNext={(after) => void navigate(to.orphans({ ...search, after, page: (search.page ?? 1) + 1 }))}
            goFirst={() => set({})}
          />
        )}
      </div>
      <Modal
        opened={linking !== null}
        onClose={() => setLinking(null)}
        title={`Link ${linking?.displayName ?? ''}`}
        size="lg"
      >
        {linking && (
          <LinkAccount
            account={linking}
            from={linking.identity ?? undefined}
            close={() => setLinking(null)}
          />
        )}
      </Modal>
      <SameElsewhere
        cli="owlie identity link ACCOUNT IDENTITY"
        graphql="query { orphanAccounts(first: 50) { total next nodes { id displayName email connection { name } } } }"
      />
    </Page>
  )
}

function actions(
  isService: boolean,
  act: Readonly<Record<'create' | 'mark' | 'link', (account: Orphan) => void>>,
): Column<Orphan> {
  return {
    name: 'Change',
    cell: (account) => (
      <Menu position="bottom-end">
        <Menu.Target>
          <Button size="compact-sm" variant="default" aria-label={`Change ${account.displayName}`}>
            <IconDots size={16} aria-hidden />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => act.link(account)}>
            {account.identity ? 'Give it to somebody else' : 'Link to an identity'}
          </Menu.Item>
          {!account.identity && (
            <Menu.Item onClick={() => act.create(account)}>
              {isService ? 'Make a machine of it' : 'Make an identity of it'}
            </Menu.Item>
          )}
          <Menu.Item onClick={() => act.mark(account)}>
            {isService ? 'It is a personal account' : 'It is a service account'}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    ),
  }
}

function NoOrphans({ isService, isFiltered }: { isService: boolean; isFiltered: boolean }): JSX.Element {
  if (isFiltered)
    return (
      <Empty
        title="No account matches."
        action={
          <ButtonLink {...to.orphans(isService ? { nature: 'service' } : {})} variant="default">
            Clear the filters
          </ButtonLink>
        }
      >
        <p>Search looks at names, e-mail addresses and ids.</p>
      </Empty>
    )
  return (
    <Empty title={isService ? 'No service account is marked.' : 'Every account has an identity.'}>
      <p>
        {isService
          ? 'Mark an account as a service account on the page of its identity, or in the list of accounts without one.'
          : 'Accounts appear here when nothing matches and their connection makes no identities, or when somebody takes one away.'}
      </p>
    </Empty>
  )
}
