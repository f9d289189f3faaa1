import { notifications } from '@mantine/notifications'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useParams, useSearch } from '@tanstack/react-router'
import { type JSX, useEffect, useRef } from 'react'
import { api, failuresOf } from '../../../api.ts'
import { CopyButton } from '../../../parts/copy-button.tsx'
import { Facts } from '../../../parts/facts.tsx'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { count, duration, plural } from '../../../parts/figures.ts'
import { Page, PageSkeleton, Sheet } from '../../../parts/page.tsx'
import { quoted } from '../../../parts/quoted.ts'
import { SameElsewhere } from '../../../parts/snippet.tsx'
import { useNow, When } from '../../../parts/when.tsx'
import { ToneIcon } from '../../../parts/word.tsx'
import { to } from '../../../path-builder.ts'
import { NotFound } from '../../../shell/not-found.tsx'
import { type TabState, useTabState } from '../../../shell/tab-state.ts'
import { RunWord } from '../connection-words.tsx'
import { RunActions } from './run-actions.tsx'
import { RunCompare } from './run-compare.tsx'
import { RunEvidence } from './run-evidence.tsx'
import { RunForecast } from './run-forecast.tsx'
import { KindBars } from './run-kinds.tsx'
import './run.css'
import { isActive, type Run, RunQuery } from './run-query.ts'
import { RunRequests } from './run-requests.tsx'
import { etaWords, progressWords, runSentence } from './run-words.ts'

/** One sync run, live once a second while it goes on. Leaving the page changes nothing. */
export function RunPage(): JSX.Element {
  const { integration, run: id } = useParams({ from: '/signed-in/admin/integrations/$integration/runs/$run' })
  const found = useQuery({
    queryKey: ['run', id],
    queryFn: async ({ signal }) => (await api(RunQuery, { id }, signal)).syncRun,
    refetchInterval: ({ state }) => (state.data && !isActive(state.data) ? false : 1_000),
    refetchIntervalInBackground: true,
  })
  if (found.isPending) return <PageSkeleton />
  if (!found.data && found.error)
    return (
      <Page title="Sync run">
        <FailureNote failures={failuresOf(found.error)} retry={() => void found.refetch()} />
      </Page>
    )
  if (!found.data || found.data.connection.connector.name !== integration)
    return <NotFound what="There is no such sync run." />
  return <RunView run={found.data} />
}

function RunView({ run }: { run: Run }): JSX.Element {
  const { connection } = run
  const { connector } = connection
  const search = useSearch({ from: '/signed-in/admin/integrations/$integration/runs/$run' })
  useTabState(tabTitle(run), tabState(run))
  useNoticeAtEnd(run)
  return (
    <Page
      title={`${run.mode === 'full' ? 'Sync' : 'Incremental sync'} of ${connection.name}`}
      tab={tabTitle(run)}
      wide
      crumbs={[
        <Link key="all" {...to.integrations()}>
          Integrations
        </Link>,
        <Link key="setup" {...to.setup(connector.name, { connection: connection.id })}>
          {connection.name}
        </Link>,
        <Link key="runs" {...to.runs(connector.name, { connection: connection.id })}>
          Runs
        </Link>,
      ]}
      aside={<RunWord status={run.status} />}
      actions={<RunActions run={run} />}
    >
      <div className="stack-l">
        <p className="run-sentence">
          <span role="status">{runSentence(run)}</span> {run.eta && `${etaWords(run.eta)}.`}
        </p>
        <Notices run={run} />
        <Sheet title="What was read" flush>
          <KindBars run={run} />
        </Sheet>
        <div className="halves">
          <RunRequests run={run} />
          <Sheet title="This run">
            <Facts
              rows={[
                ['Started', <When key="start" at={run.startedAt} />],
                ['By', run.actor ?? run.trigger],
                run.finishedAt ? ['Ended', <When key="end" at={run.finishedAt} />] : null,
                ['Took', <Took key="took" run={run} />],
                ['Generation', String(run.generation)],
                ['Reads', run.mode === 'full' ? 'everything' : 'what has changed'],
                run.hints
                  ? [
                      'Hints',
                      `${count(run.hints.followed)} followed, ${count(run.hints.known)} known already`,
                    ]
                  : null,
                run.mode === 'full' && run.hintFailure
                  ? ['Changes', `not followed from here on: ${run.hintFailure.message}`]
                  : null,
                [
                  'Id',
                  <span key="id" className="row" style={{ gap: 2, flexWrap: 'nowrap' }}>
                    <code className="mono">{run.id}</code>
                    <CopyButton text={run.id} label="Copy id" />
                  </span>,
                ],
              ]}
            />
          </Sheet>
        </div>
        <RunForecast run={run} />
        {!isActive(run) && <RunEvidence run={run} />}
        {!isActive(run) && <RunCompare run={run} {...(search.against ? { against: search.against } : {})} />}
      </div>
      <SameElsewhere
        cli={isActive(run) ? `owlie sync watch ${quoted(connection.name)}` : `owlie sync show ${run.id}`}
        graphql={`query { syncRun(id: "${run.id}") { status kinds { name end reason read created changed unchanged stale } requests { total throttled byRoute { route count } } forecast { requests minutes } durationMs } }`}
      />
    </Page>
  )
}

/** Every reason for a pause, every interruption, and what went wrong: said, not guessed. */
function Notices({ run }: { run: Run }): JSX.Element {
  return (
    <>
      {run.waiting && <WaitNote waiting={run.waiting} target={run.connection.connector.label} />}
      {run.resumptions.map(({ at, fromPage, kind }) => (
        <div className="note" data-tone="info" key={at}>
          <ToneIcon tone="info" size={18} />
          <div>
            Continued from page {fromPage}
            {kind && ` of ${run.kinds.find(({ name }) => name === kind)?.label.toLowerCase() ?? kind}`} after
            a restart, <When at={at} />. Nothing was read twice into the result.
          </div>
        </div>
      ))}
      {run.failure && <FailureNote failures={[run.failure]} />}
    </>
  )
}

function WaitNote({
  waiting,
  target,
}: {
  waiting: NonNullable<Run['waiting']>
  target: string
}): JSX.Element {
  const now = useNow(500)
  const left = Math.max(0, Math.ceil((Date.parse(waiting.until) - now) / 1_000))
  return (
    <div className="note" data-tone="wait">
      <ToneIcon tone="wait" size={18} />
      <div>
        <strong>{left > 0 ? `Waiting for ${target}, ${left} s` : `Going on with ${target}…`}</strong>
        <div className="quiet">{waiting.reason}</div>
      </div>
    </div>
  )
}

function Took({ run }: { run: Run }): JSX.Element {
  const now = useNow(1_000)
  return (
    <>
      {duration(isActive(run) ? Math.max(run.durationMs, now - Date.parse(run.startedAt)) : run.durationMs)}
    </>
  )
}

function tabTitle(run: Run): string {
  const name = run.connection.name
  if (run.status === 'running') return `${progressWords(run)} · Sync of ${name}`
  return `${run.status.charAt(0).toUpperCase()}${run.status.slice(1)} · Sync of ${name}`
}

function tabState(run: Run): TabState | null {
  if (run.waiting || run.status === 'paused') return 'waiting'
  if (isActive(run)) return 'running'
  if (run.status === 'complete') return 'ok'
  return run.status === 'failed' ? 'failed' : null
}

/** Said once when a run that was watched ends. */
function useNoticeAtEnd(run: Run): void {
  const queries = useQueryClient()
  const watched = useRef(false)
  const active = isActive(run)
  useEffect(() => {
    if (active) watched.current = true
    else if (watched.current) {
      watched.current = false
      const fresh = run.kinds.reduce((sum, kind) => sum + kind.created, 0)
      notifications.show({
        title: `Sync of ${run.connection.name}: ${run.status}`,
        message: `${plural(fresh, 'new record')}.`,
      })
      void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'run' })
    }
  }, [active, queries, run])
}
