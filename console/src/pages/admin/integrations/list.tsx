import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { IconPlus } from '@tabler/icons-react'
import type { JSX } from 'react'
import { ButtonLink } from '../../../parts/button-link.tsx'
import { api } from '../../../api.ts'
import { graphql, type ResultOf } from '../../../graphql.ts'
import { type Column, DataTable } from '../../../parts/data-table.tsx'
import { Empty } from '../../../parts/empty.tsx'
import { count } from '../../../parts/figures.ts'
import { Page } from '../../../parts/page.tsx'
import { SameElsewhere } from '../../../parts/snippet.tsx'
import { useNow, When } from '../../../parts/when.tsx'
import { to } from '../../../path-builder.ts'
import { Lateness, RunWord, StateWord } from '../connection-words.tsx'

const ConnectionsQuery = graphql(`
  query Connections {
    connections {
      id
      name
      state
      stateReason
      config {
        name
        value
      }
      connector {
        name
        label
      }
      counts {
        kind
        label
        present
        stale
      }
      activeRun {
        id
        status
      }
      lastRun {
        id
        status
        finishedAt
      }
    }
  }
`)

type Connection = ResultOf<typeof ConnectionsQuery>['connections'][number]

/** All connections, of all connectors. */
export function IntegrationsPage(): JSX.Element {
  const now = useNow(30_000)
  const list = useQuery({
    queryKey: ['connections'],
    queryFn: async ({ signal }) => (await api(ConnectionsQuery, {}, signal)).connections,
    refetchInterval: ({ state }) => (state.data?.some(({ activeRun }) => activeRun) ? 2_000 : 30_000),
  })
  const columns: readonly Column<Connection>[] = [
    {
      name: 'Connection',
      width: '36%',
      cell: ({ id, name, connector, config, stateReason }) => (
        <>
          <Link {...to.setup(connector.name, { connection: id })} className="strong-link">
            {name}
          </Link>
          <div className="faint">
            {connector.label} · {config.find((entry) => entry.name === 'domain')?.value}
          </div>
          {stateReason && <div className="faint">{stateReason}</div>}
        </>
      ),
    },
    { name: 'State', cell: ({ state }) => <StateWord state={state} /> },
    {
      name: 'Freshness',
      hideBelow: 720,
      cell: (connection) => <Lateness connection={connection} now={now} />,
    },
    {
      name: 'Last run',
      cell: ({ connector, activeRun, lastRun }) => {
        const run = activeRun ?? lastRun
        if (!run) return <span className="faint">none</span>
        return (
          <>
            <Link {...to.run(connector.name, run.id)} className="link">
              <RunWord status={run.status} />
            </Link>
            {!activeRun && lastRun?.finishedAt && (
              <div className="faint">
                <When at={lastRun.finishedAt} />
              </div>
            )}
          </>
        )
      },
    },
    {
      name: 'Seen',
      hideBelow: 1000,
      cell: ({ counts }) => (
        <span className="quiet">
          {counts
            .filter(({ present }) => present > 0)
            .map(({ label, present }) => `${count(present)} ${label.toLowerCase()}`)
            .join(', ') || 'nothing yet'}
        </span>
      ),
    },
  ]
  return (
    <Page
      title="Integrations"
      wide
      lead="The systems this Owlie is connected to."
      actions={
        <>
          <ButtonLink {...to.catalog()} variant="default">
            Catalog
          </ButtonLink>
          <ButtonLink {...to.setup('auth0', { new: true })} leftSection={<IconPlus size={16} />}>
            Connect Auth0
          </ButtonLink>
        </>
      }
    >
      <div className="sheet">
        <DataTable
          caption="Connections"
          columns={columns}
          rows={list.data}
          rowKey={({ id }) => id}
          error={list.error}
          retry={() => void list.refetch()}
          skeletonRows={3}
          empty={
            <Empty
              title="Nothing is connected yet."
              action={<ButtonLink {...to.setup('auth0')}>Connect Auth0</ButtonLink>}
            >
              <p>Start with an Auth0 tenant: four values, one test, one sync.</p>
            </Empty>
          }
        />
      </div>
      <SameElsewhere
        cli="owlie connection list"
        graphql="query { connections { id name state stateReason lastRun { status finishedAt } } }"
      />
    </Page>
  )
}
