import { Link } from '@tanstack/react-router'
import type { JSX } from 'react'
import { FailureText } from '../../../parts/failure-note.tsx'
import { count, plural } from '../../../parts/figures.ts'
import { Word } from '../../../parts/word.tsx'
import { to } from '../../../path-builder.ts'
import type { Kind, Run } from './run-query.ts'
import { kindPercent, kindWord, readWords } from './run-words.ts'

/** One bar per kind, with its counts, and under it why it did not end complete. */
export function KindBars({ run }: { run: Run }): JSX.Element {
  return (
    <ul className="kinds">
      {run.kinds.map((kind) => (
        <KindBar key={kind.name} kind={kind} run={run} />
      ))}
    </ul>
  )
}

function KindBar({ kind, run }: { kind: Kind; run: Run }): JSX.Element {
  const { tone, word } = kindWord(kind, run)
  const share = kindPercent(kind)
  const begun = kind.running || kind.read > 0 || (kind.end === 'complete' && run.mode === 'full')
  return (
    <li className="kind" data-tone={tone} data-kind={kind.name}>
      <div className="kind-head">
        <b>{kind.label}</b>
        <Word tone={tone}>{word}</Word>
        {begun && <span className="kind-read">{readWords(kind)} read</span>}
      </div>
      {run.mode === 'full' && (
        <div
          className={share === null && kind.running ? 'bar bar-unknown' : 'bar'}
          role="progressbar"
          aria-label={kind.label}
          aria-valuemin={0}
          aria-valuemax={100}
          {...(share === null ? {} : { 'aria-valuenow': share })}
          aria-valuetext={`${word}, ${readWords(kind)} read`}
        >
          <span style={{ width: `${share ?? (kind.running ? 30 : 0)}%` }} />
        </div>
      )}
      {kind.read + kind.stale > 0 && (
        <div className="kind-foot">
          <dl className="kind-counts">
            <Count name="New" value={kind.created} />
            <Count name="Changed" value={kind.changed} />
            <Count name="Unchanged" value={kind.unchanged} />
            <Count name="Stale" value={kind.stale} />
            {kind.quarantined > 0 && <Count name="Not understood" value={kind.quarantined} />}
          </dl>
          <span className="faint">{plural(kind.pages, 'page')}</span>
        </div>
      )}
      {kind.end === 'held' && (
        <p>
          <Link {...to.guard()} className="link">
            Decide about it
          </Link>
        </p>
      )}
      {kind.failure && kind.end !== 'complete' ? (
        <FailureText failure={kind.failure} />
      ) : (
        kind.reason && <p className="kind-reason">{kind.reason}</p>
      )}
    </li>
  )
}

function Count({ name, value }: { name: string; value: number }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd data-zero={value === 0}>{count(value)}</dd>
    </div>
  )
}
