import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import type { JSX } from 'react'
import { api, failuresOf } from '../../../api.ts'
import { graphql, type ResultOf } from '../../../graphql.ts'
import { type Column, DataTable, Pager } from '../../../parts/data-table.tsx'
import { Empty } from '../../../parts/empty.tsx'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { count, duration } from '../../../parts/figures.ts'
import { Page } from '../../../parts/page.tsx'
import { SameElsewhere } from '../../../parts/snippet.tsx'
import { When } from '../../../parts/when.tsx'
import { to } from '../../../path-builder.ts'
import { NotFound } from '../../../shell/not-found.tsx'
import { quoted } from '../../../parts/quoted.ts'
import { useViewer } from '../../../viewer.ts'
import { RunWord } from '../connection-words.tsx'
import { StartableFields, StartRun } from './start-run.tsx'

const RunsQuery = graphql(
  `
    query Runs($connector: String!, $first: Int!, $after: String) {
      connector(name: $connector) {
        name
        label
        connections {
          ...StartableFields
          name
          runs(first: $first, after: $after) {
            next
            nodes {
              id
              mode
              status
              trigger
              actor
              startedAt
              finishedAt
              durationMs
              kinds {
                name
                created
                changed
                stale
              }
              requests {
                total
              }
            }
          }
        }
      }
    }
  `,
  [StartableFields],
)

type Connector = NonNullable<ResultOf<typeof RunsQuery>['connector']>
type Run = Connector['connections'][number]['runs']['nodes'][number]

const size = 20

function columnsFor(integration: string): readonly Column<Run>[] {
  const sum = (run: Run, of: 'created' | 'changed' | 'stale') =>
    count(run.kinds.reduce((all, kind) => all + kind[of], 0))
  return [
    {
      name: 'Run',
      cell: ({ id, startedAt }) => (
        <Link {...to.run(integration, id)} className="strong-link">
          <When at={startedAt} />
        </Link>
      ),
    },
    { name: 'Reads', hideBelow: 720, cell: ({ mode }) => (mode === 'full' ? 'everything' : 'changes') },
    { name: 'End', cell: ({ status }) => <RunWord status={status} /> },
    { name: 'New', numeric: true, cell: (run) => sum(run, 'created') },
    { name: 'Changed', numeric: true, cell: (run) => sum(run, 'changed') },
    { name: 'Stale', numeric: true, hideBelow: 720, cell: (run) => sum(run, 'stale') },
    { name: 'Requests', numeric: true, hideBelow: 720, cell: ({ requests }) => count(requests.total) },
    { name: 'Took', numeric: true, hideBelow: 720, cell: ({ durationMs }) => duration(durationMs) },
    { name: 'Started by', hideBelow: 1000, cell: ({ actor, trigger }) => actor ?? trigger },
  ]
}

/** The runs of one connection, newest first. */
export function RunsPage(): JSX.Element {
  const { integration } = useParams({ from: '/signed-in/admin/integrations/$integration/runs' })
  const search = useSearch({ from: '/signed-in/admin/integrations/$integration/runs' })
  const navigate = useNavigate()
  const may = useViewer().actions.includes('sync.run')
  const found = useQuery({
    queryKey: ['runs', integration, search.after],
    queryFn: async ({ signal }) =>
      (await api(RunsQuery, { connector: integration, first: size, after: search.after ?? null }, signal))
        .connector,
    placeholderData: keepPreviousData,
    refetchInterval: 5_000,
  })
  if (found.data === null) return <NotFound what={`There is no integration called ${integration}.`} />
  const connection =
    found.data?.connections.find(({ id }) => id === search.connection) ?? found.data?.connections[0]
  return (
    <Page
      title="Sync runs"
      wide
      actions={connection && may && <StartRun integration={integration} connection={connection} />}
      tab={connection ? `Sync runs of ${connection.name}` : 'Sync runs'}
      crumbs={[
        <Link key="all" {...to.integrations()}>
          Integrations
        </Link>,
        <Link key="setup" {...to.setup(integration, connection ? { connection: connection.id } : {})}>
          {connection?.name ?? found.data?.label ?? integration}
        </Link>,
      ]}
    >
      {found.error && !found.data ? (
        <FailureNote failures={failuresOf(found.error)} retry={() => void found.refetch()} />
      ) : (
        <div className="sheet">
          <DataTable
            caption="Sync runs"
            columns={columnsFor(integration)}
            rows={found.data ? (connection?.runs.nodes ?? []) : undefined}
            rowKey={({ id }) => id}
            empty={
              <Empty title="No sync has run yet.">
                <p>
                  The first one reads everything, once a test on the{' '}
                  <Link {...to.setup(integration)} className="link">
                    setup page
                  </Link>{' '}
                  has succeeded.
                </p>
              </Empty>
            }
          />
          {connection && (
            <Pager
              page={search.page ?? 1}
              size={size}
              shown={connection.runs.nodes.length}
              next={connection.runs.next}
              goNext={(after) =>
                void navigate(to.runs(integration, { ...search, after, page: (search.page ?? 1) + 1 }))
              }
              goFirst={() => void navigate(to.runs(integration, { connection: connection.id }))}
            />
          )}
        </div>
      )}
      <SameElsewhere
        cli={`owlie sync list ${quoted(connection?.name ?? 'Auth0')}`}
        graphql={`query { connection(name: "${connection?.name ?? 'Auth0'}") { runs(first: ${size}) { next nodes { id status startedAt durationMs requests { total } } } } }`}
      />
    </Page>
  )
}
