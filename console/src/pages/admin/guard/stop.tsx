import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import type { JSX } from 'react'
import { api, failuresOf } from '../../../api.ts'
import type { ResultOf } from '../../../graphql.ts'
import { CopyButton } from '../../../parts/copy-button.tsx'
import { DataTable } from '../../../parts/data-table.tsx'
import { ExportMenu } from '../../../parts/export-menu.tsx'
import { Facts } from '../../../parts/facts.tsx'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { count, plural } from '../../../parts/figures.ts'
import { Page, PageSkeleton, Sheet } from '../../../parts/page.tsx'
import { SameElsewhere } from '../../../parts/snippet.tsx'
import { When } from '../../../parts/when.tsx'
import { to } from '../../../path-builder.ts'
import { NotFound } from '../../../shell/not-found.tsx'
import './guard.css'
import { type Stop, StopObjectsQuery, StopQuery } from './guard-query.ts'
import { StopWord } from './guard-word.tsx'
import { Release } from './release.tsx'

type WholeStop = NonNullable<ResultOf<typeof StopQuery>['guardStop']>

/** One guard stop: how much against which limit, what exactly, and the two steps of a release. */
export function GuardStopPage(): JSX.Element {
  const { stop: id } = useParams({ from: '/signed-in/admin/guard/$stop' })
  const found = useQuery({
    queryKey: ['guard-stop', id],
    queryFn: async ({ signal }) => (await api(StopQuery, { id }, signal)).guardStop,
    refetchInterval: 10_000,
  })
  if (found.isPending) return <PageSkeleton />
  if (!found.data && found.error)
    return (
      <Page title="Guard stop">
        <FailureNote failures={failuresOf(found.error)} retry={() => void found.refetch()} />
      </Page>
    )
  return found.data ? <StopView stop={found.data} /> : <NotFound what="There is no such guard stop." />
}

const waits =
  'Nothing of this was marked stale, and nothing was removed anywhere. Look into the target before you let it through.'

const leads: Readonly<Record<Stop['state'], string>> = {
  stopped: waits,
  requested: waits,
  released: 'Two admins let exactly this through. Nothing was removed anywhere; what is stale is kept.',
  superseded: 'Nothing of this was marked stale. A later run has looked again, and goes by what it found.',
}

function StopView({ stop }: { stop: WholeStop }): JSX.Element {
  const { connection, run } = stop
  return (
    <Page
      title={`${stop.label}: ${plural(stop.missed, 'object')} held back`}
      tab={`Guard: ${stop.label}`}
      wide
      crumbs={[
        <Link key="all" {...to.guard()}>
          Mass-change guard
        </Link>,
      ]}
      aside={<StopWord state={stop.state} />}
      lead={leads[stop.state]}
    >
      <div className="stack-l">
        <div className="halves">
          <Sheet title="Why the guard stopped">
            <ul className="guard-reasons">
              {stop.reasons.map((reason) => (
                <Reason key={`${reason.metric} ${reason.window} ${reason.rule}`} reason={reason} />
              ))}
            </ul>
            <Facts
              rows={[
                ['Connection', connection.name],
                [
                  'Run',
                  run ? (
                    <Link key="run" {...to.run(connection.connector.name, run.id)} className="link">
                      {run.generation}
                    </Link>
                  ) : (
                    'removed'
                  ),
                ],
                ['When', <When key="when" at={stop.at} />],
                ['There before', count(stop.present)],
                ['Read by the run', count(stop.seen)],
                ['New', count(stop.created)],
                ['Not seen', count(stop.missed)],
                [
                  'Set',
                  <span key="set" className="row" style={{ gap: 2, flexWrap: 'nowrap' }}>
                    <code className="mono">{stop.setHash.slice(0, 16)}…</code>
                    <CopyButton text={stop.setHash} label="Copy the set's hash" />
                  </span>,
                ],
              ]}
            />
          </Sheet>
          <Release stop={stop} />
        </div>
        <Sheet
          title={
            stop.state === 'released' ? 'What the release marked stale' : 'What a release would mark stale'
          }
          flush
          actions={
            <ExportMenu
              name={`guard-${stop.kind}`}
              total={stop.missed}
              read={async (after) => {
                const skip = Number(after ?? 0)
                const { guardStop } = await api(StopObjectsQuery, { id: stop.id, skip })
                const rows = guardStop?.objects ?? []
                const next = skip + 100 < stop.missed ? String(skip + 100) : null
                return { rows: rows.map(({ label, externalId }) => ({ label, externalId })), next }
              }}
            />
          }
        >
          <DataTable
            caption="Objects held back, the first 20"
            columns={[
              { name: 'Name', cell: ({ label }) => label },
              {
                name: 'Id in the target',
                cell: ({ externalId }) => <code className="mono">{externalId}</code>,
              },
            ]}
            rows={stop.objects}
            rowKey={({ id }) => id}
            empty={
              <p className="quiet sheet-body">
                Nothing would be marked: only new or changed objects were too many.
              </p>
            }
          />
          {stop.missed > stop.objects.length && (
            <p className="quiet sheet-body">
              And {count(stop.missed - stop.objects.length)} more, in the export.
            </p>
          )}
        </Sheet>
      </div>
      <SameElsewhere
        cli={`owlie guard show ${stop.id}`}
        graphql={`query { guardStop(id: "${stop.id}") { state missed setHash reasons { words } objects(first: 20) { label externalId } } }`}
      />
    </Page>
  )
}

/** The share as a bar, with the limit as a line across it. */
function Reason({ reason }: { reason: Stop['reasons'][number] }): JSX.Element {
  const share = Math.min(100, (reason.count / Math.max(1, reason.base)) * 100)
  const limit = reason.rule === 'absolute' ? (reason.limit / Math.max(1, reason.base)) * 100 : reason.limit
  // The whole bar is the whole kind, unless the share is too small to be seen.
  const scale = 100 / (share < 20 ? 25 : 100)
  return (
    <li>
      <span>{reason.words}</span>
      <span className="guard-bar" aria-hidden>
        <span className="guard-share" style={{ width: `${share * scale}%` }} />
        <span className="guard-limit" style={{ left: `${limit * scale}%` }} />
      </span>
    </li>
  )
}
