import { Button, Checkbox, TextInput, Tooltip } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type JSX, useState } from 'react'
import { api, type Failure, failuresOf } from '../../../api.ts'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { count, plural } from '../../../parts/figures.ts'
import { Sheet } from '../../../parts/page.tsx'
import {
  ApproveMutation,
  CancelMutation,
  RecoverMutation,
  ReplanMutation,
  type Whole,
} from './operation-query.ts'

type Result = { __typename: 'Operation' } | { __typename: 'Refusal'; failures: readonly Failure[] }

/** What a person can decide now: approve, cancel, plan anew, recover. */
export function Decide({ operation }: { operation: Whole }): JSX.Element | null {
  const queries = useQueryClient()
  const [failures, setFailures] = useState<readonly Failure[]>([])
  const [typed, setTyped] = useState('')
  const [tryOne, setTryOne] = useState(false)
  const { id, plan, state, progress } = operation
  const decide = useMutation({
    mutationFn: (run: () => Promise<Result>) => run(),
    onSuccess(result) {
      setFailures(result.__typename === 'Refusal' ? result.failures : [])
      void queries.invalidateQueries({ queryKey: ['operation', id] })
    },
    onError: (error) => setFailures(failuresOf(error)),
  })
  const reason = (name: string) => operation.actions.find((one) => one.name === name)?.disabledReason ?? null
  const offered = (name: string) => reason(name) === null
  const needed = plan?.guard.count ?? null
  const isTyped = needed === null || typed.replaceAll(',', '').trim() === String(needed)
  const approve = async () =>
    (
      await api(ApproveMutation, {
        ...{ id, hash: plan?.hash ?? '', tryOne },
        confirmCount: needed === null ? null : Number(typed.replaceAll(',', '')),
      })
    ).approveOperation
  const button = (name: 'cancel' | 'recover' | 'replan', label: string, run: () => Promise<Result>) =>
    offered(name) && (
      <Button variant="default" loading={decide.isPending} onClick={() => decide.mutate(run)}>
        {label}
      </Button>
    )
  return (
    <Sheet title={titleOf(state)}>
      <div className="stack">
        {plan && offered('approve') && (
          <form
            className="stack"
            onSubmit={(event) => {
              event.preventDefault()
              if (isTyped) decide.mutate(approve)
            }}
          >
            {needed !== null && (
              <TextInput
                label={`Type ${count(needed)} to confirm`}
                description={plan.guard.why ?? `${plural(needed, 'thing')} will be taken away.`}
                inputMode="numeric"
                autoComplete="off"
                value={typed}
                onChange={(event) => setTyped(event.currentTarget.value)}
              />
            )}
            {plan.guard.secondPerson && (
              <p>
                {plan.approvals.length === 0
                  ? 'This is so much that two admins have to approve it. You can be the first.'
                  : `Approved by ${plan.approvals.map(({ name }) => name).join(', ')}. Another admin has to approve it too.`}
              </p>
            )}
            {progress.steps - progress.done > 1 && (
              <Checkbox
                label="Try with one first"
                description="One step is done and read back, then it waits for another word."
                checked={tryOne}
                onChange={(event) => setTryOne(event.currentTarget.checked)}
              />
            )}
            <Button
              type="submit"
              {...(plan.destroy > 0 ? { color: 'red.8' } : {})}
              disabled={!isTyped}
              loading={decide.isPending}
              style={{ alignSelf: 'start' }}
            >
              {verbOf(state, plan, tryOne)}
            </Button>
          </form>
        )}
        {plan && !offered('approve') && (state === 'planned' || state === 'tried') && (
          <Tooltip label={reason('approve')}>
            <p className="quiet">{reason('approve')}</p>
          </Tooltip>
        )}
        <p className="quiet">{sentenceOf(operation)}</p>
        <div className="row">
          {button('replan', 'Plan anew', async () => (await api(ReplanMutation, { id })).replanOperation)}
          {button(
            'recover',
            'Recover: plan what is left',
            async () => (await api(RecoverMutation, { id })).recoverOperation,
          )}
          {button('cancel', 'Cancel', async () => (await api(CancelMutation, { id })).cancelOperation)}
        </div>
        {failures.length > 0 && <FailureNote failures={failures} />}
      </div>
    </Sheet>
  )
}

/** What pressing the button does, with the number where something is taken away. */
function verbOf(state: Whole['state'], plan: NonNullable<Whole['plan']>, tryOne: boolean): string {
  if (state === 'tried') return 'Go on with the rest'
  if (plan.guard.secondPerson && plan.approvals.length === 0) return 'Approve as the first of two'
  if (tryOne) return 'Approve and try one'
  return plan.destroy > 0 ? `Approve and take away ${count(plan.destroy)}` : 'Approve and apply'
}

function titleOf(state: Whole['state']): string {
  if (state === 'planned' || state === 'tried') return 'Your decision'
  return state === 'applied' || state === 'failed' || state === 'cancelled' ? 'What became of it' : 'Now'
}

function sentenceOf({ state, progress, cancelRequestedBy }: Whole): string {
  const done = `${count(progress.done)} of ${plural(progress.steps, 'step')}`
  if (cancelRequestedBy) return `${cancelRequestedBy} has cancelled it; it stops after the step in hand.`
  switch (state) {
    case 'planning':
      return 'Nothing is touched while the plan is made.'
    case 'planned':
      return 'Nothing has been touched. If anything it goes by moves before its turn, it is planned anew and asks again.'
    case 'approved':
    case 'applying':
      return 'Each step is written down before and after, and read back. You can leave this page.'
    case 'tried':
      return `${done} done and read back. Look at it in the target, then go on or cancel.`
    case 'applied':
      return progress.steps === 0 ? 'It was so already.' : `${done} done.`
    case 'failed':
      return `${done} done. Recovering makes a new plan of what is left, from what is there now, shows it before anything is touched, and repeats nothing.`
    case 'refused':
      return 'No plan can be made of it; the reasons are above. Mend them, then plan again.'
    case 'cancelled':
      return `${done} done; what was not begun is no longer wished.`
  }
}
