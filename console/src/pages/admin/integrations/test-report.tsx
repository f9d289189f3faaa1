import { Button, Loader } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { type JSX, type Ref, useEffect, useRef, useState } from 'react'
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

/** The list of named checks, live. */
export function TestReport({
  test,
  integration,
  cancel,
  follow = false,
  fold = false,
}: {
  test: Test
  integration: string
  cancel?: () => void
  /** Bring it into view when it starts, and its first failure into focus when it ends. */
  follow?: boolean
  /** Show a result without a failure by its summary alone. */
  fold?: boolean
}): JSX.Element {
  const [opened, setOpened] = useState(false)
  const folded = !follow && !opened && fold && (test.status === 'passed' || test.status === 'warning')
  const box = useRef<HTMLElement>(null)
  const firstFailed = useRef<HTMLLIElement>(null)
  const running = test.status === 'running'
  const failedName = test.checks.find(({ status }) => status === 'failed')?.name
  useEffect(() => {
    if (follow) box.current?.scrollIntoView({ block: 'start' })
  }, [follow, test.id])
  useEffect(() => {
    if (follow && !running) firstFailed.current?.focus({ preventScroll: false })
  }, [follow, running, test.id])
  return (
    <section className="sheet test" aria-label="Test result" ref={box}>
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
      {!running && <AllMissing checks={test.checks} granted={test.grantedScopes ?? []} />}
      {folded && (
        <Button size="compact-sm" variant="subtle" ml={8} mb={8} onClick={() => setOpened(true)}>
          Show the {test.checks.length} checks
        </Button>
      )}
      <ol className="checks" hidden={folded}>
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

/** Several missing scopes are one errand: all of them to copy at once, or the list that works as it is now. */
function AllMissing({
  checks,
  granted,
}: {
  checks: readonly Check[]
  granted: readonly string[]
}): JSX.Element | null {
  const failed = checks.filter(
    ({ status, failure }) => status === 'failed' && failure?.code === 'auth0.insufficient_scope',
  )
  const missing = [...new Set(failed.flatMap(({ failure }) => failure?.scopes ?? []))]
  if (missing.length < 2) return null
  return (
    <div className="row test-missing">
      <CopyButton text={missing.join(' ')}>{`Copy the ${missing.length} missing scopes`}</CopyButton>
      {granted.length > 0 && (
        <CopyButton text={granted.join(' ')}>{`Copy the ${granted.length} that are granted`}</CopyButton>
      )}
      <span className="quiet">
        Grant the missing ones in Auth0, or enter only those that are granted; then test again.
      </span>
    </div>
  )
}

function CheckRow({ check, ref }: { check: Check; ref?: Ref<HTMLLIElement> }): JSX.Element {
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
      <div className="check-name">
        <b>{check.label}</b> <span className="check-status">{word}</span>
      </div>
      <div className="check-words">
        {check.sentence && <div className="quiet">{check.sentence}</div>}
        {check.failure && (check.status === 'failed' || check.status === 'warning') && (
          <FailureText failure={check.failure} headless={check.failure.message === check.sentence} />
        )}
        {check.failure && check.status === 'skipped' && (
          <div className="failure-text">
            <span className="quiet">What to do: </span>
            {check.failure.remedy}
          </div>
        )}
      </div>
      <span className="check-ms">{took(check)}</span>
    </li>
  )
}

/** Nothing for what was not done; a check that took no time says so. */
function took({ status, durationMs }: Check): string {
  if (durationMs === null || status === 'skipped') return ''
  return durationMs < 1 ? '< 1 ms' : duration(durationMs)
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
