import { Button } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import type { JSX } from 'react'
import { api } from '../../../api.ts'
import { CopyButton } from '../../../parts/copy-button.tsx'
import { FailureText } from '../../../parts/failure-note.tsx'
import { count, plural } from '../../../parts/figures.ts'
import { Sheet } from '../../../parts/page.tsx'
import { isGoing, OperationQuery, type Step, type Whole } from './operation-query.ts'
import { StepWord } from './operation-words.tsx'
import { Change } from './operation.tsx'

/** Every step in order: in words, what it changes from and to, and the exact call. */
export function Steps({ operation }: { operation: Whole }): JSX.Element {
  const { steps: first, progress, id } = operation
  const more = useInfiniteQuery({
    queryKey: ['operation-steps', id, operation.plan?.number],
    queryFn: async ({ pageParam, signal }) =>
      (await api(OperationQuery, { id, after: pageParam }, signal)).operation?.steps ?? [],
    initialPageParam: first.at(-1)?.position ?? 0,
    getNextPageParam: (page) => page.at(-1)?.position ?? null,
    enabled: false,
    refetchInterval: isGoing(operation) ? 3_000 : false,
  })
  const steps = [...first, ...(more.data?.pages.flat() ?? [])]
  const left = progress.steps - steps.length
  return (
    <Sheet
      title="Steps"
      flush
      actions={
        <span className="quiet">
          {plural(progress.steps, 'step')}
          {progress.steps > 1 &&
            operation.plan &&
            operation.plan.destroy > 0 &&
            ', those that take away first'}
        </span>
      }
    >
      {steps.length === 0 ? (
        <p className="sheet-body quiet">Everything is as wished already; nothing has to be touched.</p>
      ) : (
        <ol className="steps">
          {steps.map((step) => (
            <StepRow key={step.id} step={step} hasBegun={operation.state !== 'planned'} />
          ))}
        </ol>
      )}
      {left > 0 && (
        <div className="sheet-body">
          <Button
            size="compact-sm"
            variant="default"
            loading={more.isFetching}
            onClick={() => void more.fetchNextPage()}
          >
            Show the next of {count(left)}
          </Button>
        </div>
      )}
    </Sheet>
  )
}

function StepRow({ step, hasBegun }: { step: Step; hasBegun: boolean }): JSX.Element {
  return (
    <li className="step" data-destructive={step.destructive}>
      <div className="step-head">
        <span className="step-sentence">{step.sentence}</span>
        {step.destructive && <span className="step-mark">takes away</span>}
        {!step.reversible && <span className="step-mark">cannot be undone</span>}
        {hasBegun && <StepWord step={step} />}
      </div>
      {step.differences.length > 0 && (
        <ul className="step-differences">
          {step.differences.slice(0, 12).map(({ what, from, to }, at) => (
            <li key={at}>
              <span className="quiet">{what}</span> <Change from={from} to={to} />
            </li>
          ))}
          {step.differences.length > 12 && <li className="quiet">and {step.differences.length - 12} more</li>}
        </ul>
      )}
      <details className="step-call">
        <summary>The call, its scopes and its id in the log</summary>
        <p>
          <code className="mono">{step.request}</code>
        </p>
        <p className="quiet">
          Needs {step.scopes.join(', ') || 'no scope'}. Logged by the target under{' '}
          <code className="mono">{step.changeId}</code>
          <CopyButton text={step.changeId} label="Copy the change id" />
          {step.attempts > 1 && ` Tried ${step.attempts} times.`}
        </p>
      </details>
      {step.proof === 'unproven' && step.proofReason && <p className="quiet">{step.proofReason}</p>}
      {step.failure && <FailureText failure={step.failure} />}
    </li>
  )
}
