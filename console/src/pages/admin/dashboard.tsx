import { BarChart } from '@mantine/charts'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { JSX } from 'react'
import { ButtonLink } from '../../parts/button-link.tsx'
import { api, failuresOf } from '../../api.ts'
import { graphql, type ResultOf } from '../../graphql.ts'
import { type Column, DataTable } from '../../parts/data-table.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Bars } from '../../parts/facts.tsx'
import { FailureNote } from '../../parts/failure-note.tsx'
import { count } from '../../parts/figures.ts'
import { Page, PageSkeleton, Sheet } from '../../parts/page.tsx'
import { SameElsewhere } from '../../parts/snippet.tsx'
import { useNow, When } from '../../parts/when.tsx'
import { ToneIcon } from '../../parts/word.tsx'
import { to, toEntitlement } from '../../path-builder.ts'
import { useViewer } from '../../viewer.ts'
import { Lateness, RunWord, StateWord } from './connection-words.tsx'

const OverviewQuery = graphql(`
  query Overview {
    overview {
      accounts
      blockedAccounts
      roles
      organizations
      grants
      stale
      connections
      accountsByAge {
        day
        count
      }
      largestEntitlements {
        id
        type
        displayName
        holderCount
        connection {
          id
          name
        }
      }
    }
    identityOverview {
      identities
      review
    }
    guardStops(open: true) {
      id
      label
      state
      connection {
        name
      }
    }
    driftCounts {
      state
      count
    }
    connections {
      id
      name
      state
      stateReason
      connector {
        name
        label
      }
      activeRun {
        id
        status
      }
      lastRun {
        id
        status
        startedAt
        finishedAt
      }
    }
  }
`)

type Data = ResultOf<typeof OverviewQuery>

/** What is connected, how fresh it is, and how much there is. */
export function DashboardPage(): JSX.Element {
  const overview = useQuery({
    queryKey: ['overview'],
    queryFn: ({ signal }) => api(OverviewQuery, {}, signal),
    refetchInterval: ({ state }) =>
      state.data?.connections.some(({ activeRun }) => activeRun) ? 2_000 : 30_000,
  })
  if (overview.isPending) return <PageSkeleton />
  if (!overview.data)
    return (
      <Page title="Overview">
        <FailureNote failures={failuresOf(overview.error)} retry={() => void overview.refetch()} />
      </Page>
    )
  const { connections } = overview.data
  return (
    <Page title="Overview" wide>
      {connections.length === 0 ? <Start /> : <Content data={overview.data} />}
      <SameElsewhere
        cli="owlie connection list"
        graphql="query { overview { accounts blockedAccounts roles organizations grants stale } connections { name state lastRun { status finishedAt } } }"
      />
    </Page>
  )
}

function Start(): JSX.Element {
  const may = useViewer().actions.includes('connection.write')
  return (
    <div className="sheet">
      <Empty
        title="Nothing is connected yet."
        action={
          may && (
            <>
              <ButtonLink {...to.setup('auth0')}>Connect Auth0</ButtonLink>
              <ButtonLink {...to.guide()} variant="default">
                Read the guide
              </ButtonLink>
            </>
          )
        }
      >
        <p>
          Connect an Auth0 tenant with four values, test the connection, and run the first sync. Then this
          page shows who is there and what they hold.
        </p>
        {!may && <p>An admin can do that.</p>}
      </Empty>
    </div>
  )
}

/** What waits for a decision before anything is believed. */
function GuardNote({ stops }: { stops: Data['guardStops'] }): JSX.Element | null {
  if (stops.length === 0) return null
  const asked = stops.filter(({ state }) => state === 'requested').length
  return (
    <div className="note" data-tone="warn">
      <ToneIcon tone="warn" size={18} />
      <div>
        <strong>
          The guard holds back{' '}
          {stops.map(({ label, connection }) => `${label.toLowerCase()} of ${connection.name}`).join(', ')}.
        </strong>
        <div className="quiet">
          {asked > 0 ? `${asked} of them wait for a second admin. ` : ''}Nothing of it was marked stale.{' '}
          <Link {...to.guard()} className="link">
            Look and decide
          </Link>
        </div>
      </div>
    </div>
  )
}

/** Accounts that may be somebody's, and wait for a person to say so. */
function ReviewNote({ waiting }: { waiting: number }): JSX.Element | null {
  if (waiting === 0) return null
  return (
    <div className="note" data-tone="info">
      <ToneIcon tone="info" size={18} />
      <div>
        {waiting === 1 ? 'One account may belong' : `${count(waiting)} accounts may belong`} to somebody who
        is known.{' '}
        <Link {...to.identityReview()} className="link">
          Review the matches
        </Link>
      </div>
    </div>
  )
}

function Content({ data }: { data: Data }): JSX.Element {
  const { overview } = data
  const none = overview.accounts + overview.roles + overview.organizations === 0
  return (
    <div className="stack-l">
      <div className="figures">
        <Figure value={data.identityOverview.identities} label="Identities" link={to.identities()} />
        <Figure value={overview.accounts} label="Accounts" link={to.accounts()} />
        <Figure
          value={overview.blockedAccounts}
          label="Blocked accounts"
          link={to.accounts({ status: 'blocked' })}
        />
        <Figure value={overview.roles} label="Roles" link={to.roles()} />
        <Figure value={overview.organizations} label="Organizations" link={to.organizations()} />
        <Figure value={overview.grants} label="Grants" />
        <Figure value={toReview(data.driftCounts)} label="Drift to review" link={to.drift()} />
        <Figure value={overview.stale} label="Stale" link={to.stale()} />
      </div>
      <GuardNote stops={data.guardStops} />
      <ReviewNote waiting={data.identityOverview.review} />
      <Connections connections={data.connections} />
      {!none && (
        <div className="halves">
          <Sheet title="Accounts by the day they were first seen">
            <ByDay days={overview.accountsByAge} />
          </Sheet>
          <Sheet title="Held by most">
            {overview.largestEntitlements.length === 0 ? (
              <p className="quiet">No role or organization was read yet.</p>
            ) : (
              <Bars
                caption="Roles and organizations with the most holders"
                unit="Holders"
                rows={overview.largestEntitlements.map((each) => ({
                  key: each.id,
                  label: (
                    <Link {...toEntitlement(each)} className="strong-link">
                      {each.displayName}
                    </Link>
                  ),
                  value: each.holderCount,
                  note: (
                    <span className="faint">
                      {each.type === 'organization' ? 'organization' : 'role'}
                      {data.connections.length > 1 && ` in ${each.connection.name}`}
                    </span>
                  ),
                }))}
              />
            )}
          </Sheet>
        </div>
      )}
    </div>
  )
}

function toReview(counts: Data['driftCounts']): number {
  return counts
    .filter(({ state }) => state === 'open' || state === 'flagged')
    .reduce((sum, each) => sum + each.count, 0)
}

function Figure({
  value,
  label,
  link,
}: {
  value: number
  label: string
  link?: ReturnType<
    | typeof to.accounts
    | typeof to.identities
    | typeof to.roles
    | typeof to.organizations
    | typeof to.drift
    | typeof to.stale
  >
}): JSX.Element {
  const inner = (
    <>
      <b>{count(value)}</b>
      <span>{label}</span>
    </>
  )
  return link ? (
    <Link {...link} className="figure">
      {inner}
    </Link>
  ) : (
    <div className="figure">{inner}</div>
  )
}

type ConnectionRow = Data['connections'][number]

function Connections({ connections }: { connections: Data['connections'] }): JSX.Element {
  const now = useNow(30_000)
  const may = useViewer().actions.includes('connection.write')
  const columns: readonly Column<ConnectionRow>[] = [
    {
      name: 'Connection',
      width: '34%',
      cell: ({ id, name, connector, stateReason }) => (
        <>
          {may ? (
            <Link {...to.setup(connector.name, { connection: id })} className="strong-link">
              {name}
            </Link>
          ) : (
            name
          )}
          <div className="faint">{stateReason ?? connector.label}</div>
        </>
      ),
    },
    { name: 'State', cell: ({ state }) => <StateWord state={state} /> },
    {
      name: 'Freshness',
      cell: (connection) => (
        <>
          <Lateness connection={connection} now={now} />
          {connection.lastRun?.finishedAt && (
            <div className="faint">
              <When at={connection.lastRun.finishedAt} />
            </div>
          )}
        </>
      ),
    },
    {
      name: 'Last run',
      hideBelow: 720,
      cell: ({ connector, lastRun, activeRun }) => {
        const run = activeRun ?? lastRun
        if (!run) return <span className="faint">none</span>
        return may ? (
          <Link {...to.run(connector.name, run.id)} className="link">
            <RunWord status={run.status} />
          </Link>
        ) : (
          <RunWord status={run.status} />
        )
      },
    },
  ]
  return (
    <Sheet
      title="Connections"
      flush
      actions={
        may && (
          <Link {...to.integrations()} className="link">
            All integrations
          </Link>
        )
      }
    >
      <DataTable
        caption="Connections"
        columns={columns}
        rows={connections}
        rowKey={({ id }) => id}
        empty={null}
      />
    </Sheet>
  )
}

function ByDay({ days }: { days: Data['overview']['accountsByAge'] }): JSX.Element {
  if (days.length === 0) return <p className="quiet">No account was read yet.</p>
  return (
    <div style={{ position: 'relative' }}>
      <div aria-hidden>
        <BarChart
          h={200}
          data={days.map(({ day, count: value }) => ({ day: dayWord(day), Accounts: value }))}
          dataKey="day"
          series={[{ name: 'Accounts', color: 'var(--info-solid)' }]}
          tickLine="none"
          gridAxis="x"
          valueFormatter={count}
          maxBarWidth={36}
          barChartProps={{ accessibilityLayer: false }}
          barProps={{ radius: [3, 3, 0, 0], isAnimationActive: false }}
        />
      </div>
      <div className="sr-only">
        <table>
          <caption>Accounts by the day they were first seen</caption>
          <tbody>
            {days.map(({ day, count: value }) => (
              <tr key={day}>
                <th scope="row">{day}</th>
                <td>{value}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  )
}

function dayWord(day: string): string {
  return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(
    Date.parse(day),
  )
}
