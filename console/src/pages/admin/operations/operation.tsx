import { IconArrowRight } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import type { JSX } from 'react'
import { api, failuresOf } from '../../../api.ts'
import { Facts } from '../../../parts/facts.tsx'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { count, duration, plural } from '../../../parts/figures.ts'
import { Page, PageSkeleton, Sheet } from '../../../parts/page.tsx'
import { SameElsewhere } from '../../../parts/snippet.tsx'
import { When } from '../../../parts/when.tsx'
import { ToneIcon } from '../../../parts/word.tsx'
import { to } from '../../../path-builder.ts'
import { NotFound } from '../../../shell/not-found.tsx'
import { Decide } from './decide.tsx'
import './operations.css'
import { isGoing, OperationQuery, type Whole } from './operation-query.ts'
import { OperationWord, Sums } from './operation-words.tsx'
import { Record } from './record.tsx'
import { Steps } from './steps.tsx'

/** One operation: its plan, the decision, what happens now, and what became of it. */
export function OperationPage(): JSX.Element {
  const { operation: id } = useParams({ from: '/signed-in/admin/operations/$operation' })
  const found = useQuery({
    queryKey: ['operation', id],
    queryFn: async ({ signal }) => (await api(OperationQuery, { id, after: null }, signal)).operation,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data && !isGoing(state.data) ? 10_000 : 800),
  })
  if (found.isPending) return <PageSkeleton />
  if (!found.data && found.error)
    return (
      <Page title="Operation">
        <FailureNote failures={failuresOf(found.error)} retry={() => void found.refetch()} />
      </Page>
    )
  return found.data ? <View operation={found.data} /> : <NotFound what="There is no such operation." />
}

function View({ operation }: { operation: Whole }): JSX.Element {
  const { plan } = operation
  const hasEnded = operation.finishedAt !== null
  return (
    <Page
      title={operation.title}
      wide
      crumbs={[
        <Link key="all" {...to.operations()}>
          Operations
        </Link>,
      ]}
      aside={<OperationWord state={operation.state} />}
      {...(operation.reason ? { lead: operation.reason } : {})}
    >
      <div className="stack-l">
        <Progress operation={operation} />
        {operation.failure && <FailureNote failures={[operation.failure]} />}
        {plan && plan.problems.length > 0 && <FailureNote failures={plan.problems} />}
        <Moved operation={operation} />
        <div className="halves">
          <Sheet title={`Plan${plan && plan.number > 1 ? ` ${plan.number}` : ''}`}>
            {plan ? (
              <PlanFacts operation={operation} plan={plan} />
            ) : (
              <p className="quiet">Both sides are being read.</p>
            )}
          </Sheet>
          <Decide operation={operation} />
        </div>
        {plan && plan.problems.length === 0 && <Steps operation={operation} />}
        {(hasEnded || operation.progress.done > 0) && <Record operation={operation} />}
      </div>
      <SameElsewhere
        cli={hasEnded ? `owlie operation show ${operation.id}` : `owlie plan show ${operation.id}`}
        graphql={`query { operation(id: "${operation.id}") { state plan { hash create change destroy } steps { sentence request state proof } } }`}
      />
    </Page>
  )
}

function PlanFacts({ operation, plan }: { operation: Whole; plan: NonNullable<Whole['plan']> }): JSX.Element {
  return (
    <>
      <p className="plan-head">
        <Sums plan={plan} />
        {plan.same > 0 && <span className="quiet">{count(plan.same)} as wished already</span>}
      </p>
      <Facts
        rows={[
          ['Connection', operation.connection.name],
          ['Requests', requestsIn(plan)],
          ['Wished by', operation.actor],
          ['When', <When key="when" at={operation.createdAt} />],
          plan.approvals.length > 0
            ? ['Approved by', plan.approvals.map(({ name }) => name).join(', ')]
            : plan.approvedByPolicy !== null
              ? ['Approved by policy', plan.approvedByPolicy]
              : null,
          operation.finishedAt ? ['Ended', <When key="end" at={operation.finishedAt} />] : null,
        ]}
      />
      {plan.adopted.length > 0 && (
        <ul className="plan-notes">
          {plan.adopted.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
      {plan.warnings.map((line) => (
        <div className="note" data-tone="warn" key={line} style={{ marginTop: 8 }}>
          <ToneIcon tone="warn" size={18} />
          <div>{line}</div>
        </div>
      ))}
    </>
  )
}

function requestsIn({ writes, reads, seconds }: NonNullable<Whole['plan']>): string {
  const requests = `${plural(writes, 'write')}, ${plural(reads, 'read')} to check and prove`
  return seconds ? `${requests}; about ${duration(seconds * 1_000)} at the rate limit` : requests
}

/** Why the plan shown is not the first one. */
function Moved({ operation: { plan } }: { operation: Whole }): JSX.Element | null {
  if (!plan || plan.moved.length === 0) return null
  return (
    <div className="note" data-tone="warn">
      <ToneIcon tone="warn" size={18} />
      <div>
        <strong>The plan was made anew, because this moved in the target since:</strong>
        <ul className="plan-notes">
          {plan.moved.map(({ sentence, from, to: now }, at) => (
            <li key={at}>
              {sentence} <Change from={from} to={now} />
            </li>
          ))}
        </ul>
      </div>
    </div>
  )
}

/** From what to what, with an arrow every font has. */
export function Change({ from, to: now }: { from: unknown; to: unknown }): JSX.Element {
  return (
    <span className="change">
      <Value value={from} />
      <IconArrowRight size={13} aria-hidden />
      <span className="sr-only">becomes</span>
      <Value value={now} />
    </span>
  )
}

function Value({ value }: { value: unknown }): JSX.Element {
  if (value === null || value === undefined) return <span className="faint">nothing</span>
  if (typeof value === 'boolean') return <code className="mono">{value ? 'yes' : 'no'}</code>
  return <code className="mono">{typeof value === 'string' ? value : JSON.stringify(value)}</code>
}

function Progress({ operation }: { operation: Whole }): JSX.Element | null {
  const { progress, waiting, state } = operation
  if (state !== 'applying' && state !== 'approved' && state !== 'planning') return null
  const share = progress.steps === 0 ? 0 : Math.floor((progress.done * 100) / progress.steps)
  const words =
    state === 'planning'
      ? 'Reading both sides and making the plan…'
      : `${count(progress.done)} of ${plural(progress.steps, 'step')} done`
  return (
    <div className="stack" role="status">
      <p className="run-sentence">
        {words}
        {progress.perMinute !== null && `, ${count(progress.perMinute)} a minute so far`}
        {progress.etaMs !== null && progress.etaMs > 1_000 && `, about ${duration(progress.etaMs)} left`}.
      </p>
      <div
        className={state === 'planning' ? 'bar bar-unknown' : 'bar'}
        role="progressbar"
        aria-label="Progress"
        aria-valuemin={0}
        aria-valuemax={100}
        {...(state === 'planning' ? {} : { 'aria-valuenow': share })}
      >
        <span style={{ width: `${state === 'planning' ? 30 : share}%` }} />
      </div>
      {waiting && (
        <div className="note" data-tone="wait">
          <ToneIcon tone="wait" size={18} />
          <div>
            <strong>Waiting.</strong> <span className="quiet">{waiting.reason}</span>
          </div>
        </div>
      )}
    </div>
  )
}
