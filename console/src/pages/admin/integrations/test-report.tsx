import { Button, Loader } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { type JSX, useEffect, useRef } from 'react'
import { FailureFields } from '../../../failure-fields.ts'
import { graphql, type ResultOf } from '../../../graphql.ts'
import { CopyButton } from '../../../parts/copy-button.tsx'
import { failureAsText, FailureText } from '../../../parts/failure-note.tsx'
import { duration } from '../../../parts/figures.ts'
import { type Tone, ToneIcon, Word } from '../../../parts/word.tsx'
import { When } from '../../../parts/when.tsx'
import { to } from '../../../path-builder.ts'
import './test-report.css'

export const TestFields = graphql(
  `
    fragment TestFields on ConnectionTest @_unmask {
      id
      connectionId
      status
      summary
      startedAt
      finishedAt
      actor
      grantedScopes
      checks {
        name
        label
        status
        sentence
        durationMs
        failure {
          ...FailureFields
        }
      }
    }
  `,
  [FailureFields],
)

export type Test = ResultOf<typeof TestFields>
type Check = Test['checks'][number]

const checkWords: Readonly<Record<Check['status'], { tone: Tone; word: string }>> = {
  passed: { tone: 'ok', word: 'Passed' },
  warning: { tone: 'warn', word: 'Warning' },
  failed: { tone: 'bad', word: 'Failed' },
  skipped: { tone: 'idle', word: 'Skipped' },
  running: { tone: 'info', word: 'Running' },
}

const testWords: Readonly<Record<Test['status'], { tone: Tone; word: string }>> = {
  running: { tone: 'info', word: 'Testing' },
  passed: { tone: 'ok', word: 'Works' },
  warning: { tone: 'warn', word: 'Works, with warnings' },
  failed: { tone: 'bad', word: 'Failed' },
  cancelled: { tone: 'idle', word: 'Cancelled' },
}

export function TestWord({ status }: { status: Test['status'] }): JSX.Element {
  const { tone, word } = testWords[status]
  return <Word tone={tone}>{word}</Word>
}

/** The list of named checks, live. When it ends with a failure, focus goes to the first row that failed. */
export function TestReport({
  test,
  integration,
  cancel,
  focusOnFailure = false,
}: {
  test: Test
  integration: string
  cancel?: () => void
  focusOnFailure?: boolean
}): JSX.Element {
  const firstFailed = useRef<HTMLLIElement>(null)
  const running = test.status === 'running'
  const failedName = test.checks.find(({ status }) => status === 'failed')?.name
  const watched = useRef(running)
  useEffect(() => {
    if (running) watched.current = true
    else if (watched.current && focusOnFailure) {
      watched.current = false
      firstFailed.current?.focus()
    }
  }, [running, focusOnFailure])
  return (
    <section className="sheet" aria-label="Test result">
      <div className="sheet-head">
        <h2>Connection test</h2>
        <TestWord status={test.status} />
        {running && cancel && (
          <Button size="compact-sm" variant="default" onClick={cancel}>
            Cancel
          </Button>
        )}
        {!running && <CopyButton text={testAsText(test)}>Copy details</CopyButton>}
      </div>
      <p className="test-summary" role="status" aria-live="polite">
        {running ? 'Testing. Each check appears as it ends.' : test.summary}
      </p>
      <ol className="checks">
        {test.checks.map((check) => (
          <CheckRow
            key={check.name}
            check={check}
            {...(check.name === failedName ? { ref: firstFailed } : {})}
          />
        ))}
        {running && test.checks.length === 0 && (
          <li className="check">
            <Loader size={16} aria-hidden />
            <div>Starting…</div>
          </li>
        )}
      </ol>
      <p className="test-foot">
        Test <code className="mono">{test.id.slice(0, 8)}</code> by {test.actor}, <When at={test.startedAt} />
        {test.finishedAt && (
          <> in {duration(Date.parse(test.finishedAt) - Date.parse(test.startedAt))}</>
        )}.{' '}
        {!running && (
          <Link {...to.test(integration, test.id)} className="link">
            Link to this result
          </Link>
        )}
      </p>
    </section>
  )
}

function CheckRow({ check, ref }: { check: Check; ref?: React.Ref<HTMLLIElement> }): JSX.Element {
  const { tone, word } = checkWords[check.status]
  return (
    <li
      className="check"
      data-tone={tone}
      data-check={check.name}
      data-status={check.status}
      {...(ref ? { ref, tabIndex: -1 } : {})}
    >
      {check.status === 'running' ? (
        <Loader size={16} color="var(--info-solid)" aria-hidden />
      ) : (
        <span className="check-icon">
          <ToneIcon tone={tone} size={17} />
        </span>
      )}
      <div className="check-words">
        <div className="check-line">
          <b>{check.label}</b>
          <span className="check-status">{word}</span>
          <span className="check-ms">{check.durationMs === null ? '' : duration(check.durationMs)}</span>
        </div>
        {check.sentence && <div className="quiet">{check.sentence}</div>}
        {check.failure && (check.status === 'failed' || check.status === 'warning') && (
          <FailureText failure={check.failure} headless={check.failure.message === check.sentence} />
        )}
        {check.failure && check.status === 'skipped' && check.failure.remedy && (
          <div className="failure-text">
            <span className="quiet">What to do: </span>
            {check.failure.remedy}
          </div>
        )}
      </div>
    </li>
  )
}

/** The whole report as text, for a ticket or a mail. It holds no secret: the server put none in. */
export function testAsText(test: Test): string {
  const rows = test.checks.map((check) => {
    const { word } = checkWords[check.status]
    const ms = check.durationMs === null ? '' : ` (${duration(check.durationMs)})`
    const line = `[${word}] ${check.label}${ms}: ${check.sentence}`
    return check.failure && check.status !== 'passed'
      ? `${line}\n${indent(failureAsText(check.failure))}`
      : line
  })
  return [`Connection test ${test.id}, ${test.startedAt}, by ${test.actor}`, test.summary, '', ...rows].join(
    '\n',
  )
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '    ')
}
