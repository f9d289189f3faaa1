import { Button, Tooltip } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { JSX, ReactNode } from 'react'
import { CopyButton } from '../../../parts/copy-button.tsx'
import { Facts } from '../../../parts/facts.tsx'
import { When } from '../../../parts/when.tsx'
import { to } from '../../../path-builder.ts'
import type { Decision, Drift } from './drift-query.ts'
import {
  About,
  decisionNames,
  decisionWords,
  Disagreement,
  resolutionWords,
  StateWord,
  TypeWord,
  valueText,
} from './drift-words.tsx'

/** All about one drift: what is, what ought to be, how it is known, which rule applied, what was decided. */
export function SidePanel({
  drift,
  decide,
  undo,
  busy,
}: {
  drift: Drift
  decide: (decision: Decision) => void
  undo: (batchId: string) => void
  busy: boolean
}): JSX.Element {
  return (
    <div className="stack">
      <div>
        <h2 className="panel-title">
          <About drift={drift} />
        </h2>
        <div className="row" style={{ gap: 4 }}>
          <TypeWord type={drift.type} />
          <StateWord state={drift.state} />
          <span className="faint">{drift.kindLabel}</span>
        </div>
      </div>
      {drift.heldReason && (
        <p className="note" data-tone="warn">
          {drift.heldReason}
        </p>
      )}
      {drift.state === 'operation_wanted' && (
        <p className="note" data-tone="wait">
          No operation has been made of it: there is no single action that puts this back. Make one yourself,
          or decide otherwise.
        </p>
      )}
      {drift.resolution && <p className="quiet">{resolutionWords(drift.resolution)}</p>}
      {drift.state !== 'closed' && <Decisions drift={drift} decide={decide} busy={busy} />}
      <Values drift={drift} />
      <Evidence drift={drift} />
      <Why drift={drift} />
      <Made drift={drift} undo={undo} busy={busy} />
    </div>
  )
}

function Decisions({
  drift,
  decide,
  busy,
}: {
  drift: Drift
  decide: (decision: Decision) => void
  busy: boolean
}): JSX.Element {
  return (
    <div className="decision-buttons">
      {decisionNames.map((name) => {
        const reason = drift.actions.find((action) => action.name === name)?.disabledReason ?? null
        return (
          <Tooltip key={name} label={reason ?? decisionWords[name].says} multiline maw={260}>
            <Button
              size="compact-sm"
              variant={name === 'adopt' ? 'filled' : 'default'}
              data-disabled={reason !== null || busy || undefined}
              aria-disabled={reason !== null || busy}
              onClick={() => reason === null && !busy && decide(name)}
            >
              {decisionWords[name].label}
            </Button>
          </Tooltip>
        )
      })}
    </div>
  )
}

function Section({ title, children }: { title: string; children: ReactNode }): JSX.Element {
  return (
    <section>
      <h3 className="panel-head">{title}</h3>
      {children}
    </section>
  )
}

function Values({ drift }: { drift: Drift }): JSX.Element {
  const { differences, subject, type } = drift
  if (differences.length === 0)
    return (
      <Section title="Intended and observed">
        <Facts
          rows={[
            ['Intended', type === 'missing' ? (subject === 'grant' ? 'held' : 'exists') : 'not there'],
            ['Observed', type === 'missing' ? 'not there' : subject === 'grant' ? 'held' : 'exists'],
          ]}
        />
      </Section>
    )
  return (
    <Section title="Intended and observed">
      {type !== 'different' && (
        <p className="quiet" style={{ margin: '0 0 6px' }}>
          <Disagreement drift={drift} />
        </p>
      )}
      <table className="values">
        <thead>
          <tr>
            <th scope="col">Field</th>
            {type !== 'excess' && <th scope="col">Intended</th>}
            {type !== 'missing' && <th scope="col">Observed</th>}
          </tr>
        </thead>
        <tbody>
          {differences.map(({ field, intended, observed }) => (
            <tr key={field}>
              <th scope="row">{field}</th>
              {type !== 'excess' && <td>{valueText(intended)}</td>}
              {type !== 'missing' && <td>{valueText(observed)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  )
}

function Evidence({ drift }: { drift: Drift }): JSX.Element {
  const { connector } = drift.connection
  const run = (id: string | null, generation: number | null) =>
    id && generation !== null ? (
      <>
        {' in '}
        <Link {...to.run(connector.name, id)} className="link">
          run {generation}
        </Link>
      </>
    ) : null
  return (
    <Section title="Evidence">
      <Facts
        rows={[
          [
            'First seen',
            <span key="f">
              <When at={drift.firstSeenAt} />
              {run(drift.firstSeenRun, drift.firstSeenGeneration)}
            </span>,
          ],
          [
            drift.state === 'closed' ? 'Over' : 'Last seen',
            <span key="l">
              <When at={drift.closedAt ?? drift.lastSeenAt} />
              {drift.state === 'closed' ? null : run(drift.lastSeenRun, drift.lastSeenGeneration)}
            </span>,
          ],
          ['Connection', drift.connection.name],
          drift.account ? ['Account', <Id key="a" text={drift.account} />] : null,
          drift.entitlement ? ['Entitlement', <Id key="e" text={drift.entitlement} />] : null,
          drift.operationId
            ? [
                'Operation',
                <Link key="o" {...to.operation(drift.operationId)} className="link">
                  See the operation
                </Link>,
              ]
            : null,
        ]}
      />
    </Section>
  )
}

function Id({ text }: { text: string }): JSX.Element {
  return (
    <span className="row" style={{ gap: 2, flexWrap: 'nowrap' }}>
      <code className="mono">{text}</code>
      <CopyButton text={text} label="Copy this id" />
    </span>
  )
}

/** Why this is drift: the wish, and the rule that applied. */
function Why({ drift }: { drift: Drift }): JSX.Element {
  const { intent } = drift
  return (
    <Section title="Why this is drift">
      <Facts
        rows={[
          [
            'Intent',
            intent ? (
              <span key="i">
                {intent.wanted ? 'ought to be' : 'ought not to be'}, by {intent.actor} ({intent.source}){' '}
                <When at={intent.since} />
                {intent.reason && <div className="faint">{intent.reason}</div>}
              </span>
            ) : (
              'nobody has wished it, and the kind is governed'
            ),
          ],
          intent ? ['Version', `${intent.desiredVersion} desired, ${intent.appliedVersion} applied`] : null,
          [
            'Rule',
            `${decisionWords[drift.policy].label}${drift.policyBy ? `, set by ${drift.policyBy}` : ' (default)'}`,
          ],
        ]}
      />
    </Section>
  )
}

function Made({
  drift,
  undo,
  busy,
}: {
  drift: Drift
  undo: (batchId: string) => void
  busy: boolean
}): JSX.Element | null {
  if (drift.decisions.length === 0) return null
  const latest = drift.decisions.find(({ undoneAt }) => undoneAt === null)
  return (
    <Section title="Decisions">
      <ol className="made">
        {drift.decisions.map((each) => (
          <li key={`${each.batchId} ${each.at}`}>
            <span>
              <b>{decisionWords[each.decision].past}</b> by {each.actor}
              {each.byPolicy && ' (policy)'} <When at={each.at} />
              {each.reason && <div className="faint">{each.reason}</div>}
              {each.undoneAt && <div className="faint">Undone by {each.undoneBy}</div>}
            </span>
            {each === latest && drift.state !== 'operation_queued' && (
              <Button size="compact-xs" variant="default" disabled={busy} onClick={() => undo(each.batchId)}>
                Undo
              </Button>
            )}
          </li>
        ))}
      </ol>
    </Section>
  )
}
