import { Button, Modal, Skeleton, TextInput } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { type JSX, useState } from 'react'
import { failuresOf } from '../../../api.ts'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { count, plural } from '../../../parts/figures.ts'
import { type About, decide, type Decision, previewDecision, type Preview } from './drift-query.ts'
import { decisionWords, typeLabel } from './drift-words.tsx'

export interface Asked {
  readonly about: About
  readonly decision: Decision
}

/** A decision about many: first how many of what, and what the guard says; then, where it asks, the number typed. */
export function DecideDialog({
  asked,
  close,
  done,
}: {
  asked: Asked
  close: () => void
  done: (batchId: string, decision: Decision, words: string) => void
}): JSX.Element {
  const { about, decision } = asked
  const words = decisionWords[decision]
  const preview = useQuery({
    queryKey: ['drift-decision', about, decision],
    queryFn: ({ signal }) => previewDecision(about, decision, signal),
    staleTime: 0,
    gcTime: 0,
  })
  const seen = preview.data?.__typename === 'DriftDecisionPreview' ? preview.data : null
  const refused = preview.data?.__typename === 'Refusal' ? preview.data.failures : null
  return (
    <Modal opened onClose={close} title={`${words.label} ${seen ? plural(seen.count, 'disagreement') : '…'}`}>
      <div className="stack">
        <p style={{ margin: 0 }}>{words.says}</p>
        {preview.isPending && <Skeleton h={60} />}
        {preview.error && (
          <FailureNote failures={failuresOf(preview.error)} retry={() => void preview.refetch()} />
        )}
        {refused && <FailureNote failures={refused} />}
        {seen && <Confirm seen={seen} asked={asked} close={close} done={done} />}
      </div>
    </Modal>
  )
}

function Confirm({
  seen,
  asked: { about, decision },
  close,
  done,
}: {
  seen: Preview
  asked: Asked
  close: () => void
  done: (batchId: string, decision: Decision, words: string) => void
}): JSX.Element {
  const [typed, setTyped] = useState('')
  const [reason, setReason] = useState('')
  const words = decisionWords[decision]
  const isConfirmed = !seen.guard.asks || typed.replace(/\D/g, '') === String(seen.count)
  const deciding = useMutation({
    mutationFn: () =>
      decide(about, decision, seen.guard.asks ? seen.count : undefined, reason.trim() || undefined),
    onSuccess: (answer) => {
      if (answer.__typename === 'DriftDecided')
        done(answer.batchId, decision, `${words.past}: ${plural(answer.decided, 'disagreement')}`)
    },
  })
  const refused = deciding.data?.__typename === 'Refusal' ? deciding.data.failures : null
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        if (isConfirmed && seen.count > 0) deciding.mutate()
      }}
    >
      <table className="values">
        <thead>
          <tr>
            <th scope="col">Kind</th>
            <th scope="col">Type</th>
            <th scope="col" className="num">
              Count
            </th>
          </tr>
        </thead>
        <tbody>
          {seen.groups.map((group) => (
            <tr key={`${group.kindLabel} ${group.type}`}>
              <td>{group.kindLabel}</td>
              <td>{typeLabel(group.type)}</td>
              <td className="num">{count(group.count)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {seen.skipped > 0 && (
        <p className="quiet" style={{ margin: 0 }}>
          {plural(seen.skipped, 'other')} cannot be decided so: over, moved or under way by now.
        </p>
      )}
      {seen.guard.asks && (
        <>
          <p className="note" data-tone="warn" style={{ margin: 0 }}>
            {seen.guard.reason}
          </p>
          <TextInput
            label={`Type ${seen.count} to go on`}
            value={typed}
            inputMode="numeric"
            autoComplete="off"
            data-autofocus
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        </>
      )}
      <TextInput
        label="Reason"
        description="Kept with the decision. May be left empty."
        value={reason}
        maxLength={500}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      {refused && <FailureNote failures={refused} />}
      {deciding.error && <FailureNote failures={failuresOf(deciding.error)} />}
      <div className="row" style={{ justifyContent: 'flex-end' }}>
        <Button variant="default" onClick={close}>
          Cancel
        </Button>
        <Button type="submit" disabled={!isConfirmed || seen.count === 0} loading={deciding.isPending}>
          {words.label} {count(seen.count)}
        </Button>
      </div>
    </form>
  )
}
