import { Button } from '@mantine/core'
import type { JSX, ReactNode } from 'react'
import type { Failure } from '../api.ts'
import { absolute } from './moment.ts'
import { CopyButton } from './copy-button.tsx'
import { ToneIcon } from './word.tsx'

/**
 * A failure, the same everywhere: what happened · why we think so · what to do · code. Lists of failures are shown
 * one below the other; `children` are buttons that carry out the remedy where a page has one.
 */
export function FailureNote({
  failures,
  retry,
  children,
}: {
  failures: readonly Failure[]
  retry?: () => void
  children?: ReactNode
}): JSX.Element {
  return (
    <div className="stack" role="alert">
      {failures.map((failure, at) => (
        <div className="note" data-tone={toneOf(failure)} key={`${failure.code}-${at}`}>
          <ToneIcon tone={toneOf(failure)} size={18} />
          <div style={{ flex: 1, minWidth: 0 }}>
            <FailureText failure={failure} />
            {at === failures.length - 1 && (retry || children) && (
              <div className="row" style={{ marginTop: 8 }}>
                {retry && (
                  <Button size="compact-sm" variant="default" onClick={retry}>
                    Try again
                  </Button>
                )}
                {children}
              </div>
            )}
          </div>
        </div>
      ))}
    </div>
  )
}

/** The sentences of a failure without a frame, for use inside a row that has its own. */
export function FailureText({ failure, headless }: { failure: Failure; headless?: boolean }): JSX.Element {
  return (
    <div className="failure-text">
      {!headless && <strong>{failure.message}</strong>}
      {failure.why && <p className="quiet">{failure.why}</p>}
      <p>
        <span className="quiet">What to do: </span>
        {failure.remedy}
      </p>
      {failure.scopes && failure.scopes.length > 0 && (
        <p style={{ marginTop: 4 }}>
          <CopyButton text={failure.scopes.join(' ')}>
            {failure.scopes.length === 1
              ? `Copy ${failure.scopes[0]}`
              : `Copy ${failure.scopes.length} scopes`}
          </CopyButton>
        </p>
      )}
      {failure.notBefore && <p className="quiet">Not before {absolute(Date.parse(failure.notBefore))}.</p>}
      <p className="failure-code">
        <span className="quiet">Code</span> <code className="mono">{failure.code}</code>
        <CopyButton text={failureAsText(failure)} label="Copy this failure" />
      </p>
    </div>
  )
}

export function failureAsText(failure: Failure): string {
  const lines = [failure.message, failure.why, `What to do: ${failure.remedy}`, `Code: ${failure.code}`]
  return lines.filter((line) => line !== null && line !== undefined && line !== '').join('\n')
}

function toneOf(failure: Failure): 'bad' | 'wait' | 'warn' {
  if (failure.kind === 'throttled') return 'wait'
  return failure.kind === 'permission' || failure.kind === 'unsupported' ? 'warn' : 'bad'
}
