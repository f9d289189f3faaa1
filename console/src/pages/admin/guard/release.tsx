import { Button, TextInput, Tooltip } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type JSX, useState } from 'react'
import { api, type Failure, failuresOf } from '../../../api.ts'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { count, plural } from '../../../parts/figures.ts'
import { Sheet } from '../../../parts/page.tsx'
import { useNow, When } from '../../../parts/when.tsx'
import { ReleaseMutation, RequestMutation, type Stop, WithdrawMutation } from './guard-query.ts'

/** The two steps, each by another person. */
export function Release({ stop }: { stop: Stop }): JSX.Element {
  if (stop.state === 'released')
    return (
      <Sheet title="Released">
        <p>
          {stop.releasedBy} confirmed it <When at={stop.releasedAt} />. {plural(stop.missed, 'object')} became
          stale.
        </p>
      </Sheet>
    )
  if (stop.state === 'superseded')
    return (
      <Sheet title="Superseded">
        <p>{stop.closedReason} There is nothing to decide here any more.</p>
      </Sheet>
    )
  return (
    <Sheet title="Let it through">
      <ol className="guard-steps">
        <li>
          <strong>One admin asks</strong>
          <p className="quiet">
            For exactly this set. If a later run finds something else, the request is void; after an hour too.
          </p>
          <Ask stop={stop} />
        </li>
        <li>
          <strong>Another admin confirms</strong>
          <p className="quiet">Signed in here, typing how many objects will be marked stale.</p>
          <Confirm stop={stop} />
        </li>
      </ol>
    </Sheet>
  )
}

function reasonOf(stop: Stop, name: string): string | null {
  return stop.actions.find((action) => action.name === name)?.disabledReason ?? null
}

function Ask({ stop }: { stop: Stop }): JSX.Element {
  const now = useNow(10_000)
  const queries = useQueryClient()
  const [failures, setFailures] = useState<readonly Failure[]>([])
  const isAsked = stop.state === 'requested'
  const settle = (
    result: { __typename: string } | { __typename: 'Refusal'; failures: readonly Failure[] },
  ) => {
    setFailures('failures' in result ? result.failures : [])
    void queries.invalidateQueries({ queryKey: ['guard-stop', stop.id] })
  }
  const onError = (error: unknown) => setFailures(failuresOf(error))
  const ask = useMutation({
    mutationFn: async () =>
      (await api(RequestMutation, { id: stop.id, setHash: stop.setHash })).requestGuardRelease,
    onSuccess: settle,
    onError,
  })
  const withdraw = useMutation({
    mutationFn: async () => (await api(WithdrawMutation, { id: stop.id })).withdrawGuardRelease,
    onSuccess: settle,
    onError,
  })
  const reason = reasonOf(stop, 'request')
  const left = stop.expiresAt ? Math.max(0, Math.round((Date.parse(stop.expiresAt) - now) / 60_000)) : 0
  return (
    <div className="stack">
      {isAsked ? (
        <div className="row">
          <span>
            Asked for by {stop.requestedBy}; {left > 1 ? `${left} min` : 'less than a minute'} left.
          </span>
          <Button
            size="compact-sm"
            variant="default"
            loading={withdraw.isPending}
            onClick={() => withdraw.mutate()}
          >
            Take it back
          </Button>
        </div>
      ) : (
        <Tooltip label={reason} disabled={reason === null}>
          <Button
            variant="default"
            style={{ alignSelf: 'start' }}
            disabled={reason !== null}
            loading={ask.isPending}
            onClick={() => ask.mutate()}
          >
            Ask for the release
          </Button>
        </Tooltip>
      )}
      {failures.length > 0 && <FailureNote failures={failures} />}
    </div>
  )
}

function Confirm({ stop }: { stop: Stop }): JSX.Element {
  const queries = useQueryClient()
  const [typed, setTyped] = useState('')
  const [failures, setFailures] = useState<readonly Failure[]>([])
  const reason = reasonOf(stop, 'release')
  const release = useMutation({
    mutationFn: async () =>
      (await api(ReleaseMutation, { id: stop.id, setHash: stop.setHash, confirmCount: Number(typed) }))
        .releaseGuard,
    onSuccess(result) {
      setFailures(result.__typename === 'Refusal' ? result.failures : [])
      void queries.invalidateQueries()
    },
    onError: (error) => setFailures(failuresOf(error)),
  })
  const isRight = typed.replaceAll(',', '').trim() === String(stop.missed)
  if (reason !== null) return <p className="quiet">{reason}</p>
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        if (isRight) release.mutate()
      }}
    >
      <TextInput
        label={`Type ${count(stop.missed)} to confirm`}
        inputMode="numeric"
        autoComplete="off"
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value.replaceAll(',', ''))}
      />
      <Button type="submit" color="red.8" disabled={!isRight} loading={release.isPending}>
        Mark {plural(stop.missed, 'object')} stale
      </Button>
      {failures.length > 0 && <FailureNote failures={failures} />}
    </form>
  )
}
