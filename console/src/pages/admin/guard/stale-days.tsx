import { Button, NumberInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type JSX, useState } from 'react'
import { api, type Failure, failuresOf } from '../../../api.ts'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { plural } from '../../../parts/figures.ts'
import { SetStaleDaysMutation } from './guard-query.ts'

/** How long what vanished is kept. What somebody wants is kept for ever. */
export function StaleDays({
  connection,
  mayEdit,
}: {
  connection: { readonly id: string; readonly staleDays: number | null }
  mayEdit: boolean
}): JSX.Element {
  const saved = connection.staleDays
  const [days, setDays] = useState<number | ''>(saved ?? '')
  const [failures, setFailures] = useState<readonly Failure[]>([])
  const queries = useQueryClient()
  const save = useMutation({
    mutationFn: async () =>
      (await api(SetStaleDaysMutation, { connectionId: connection.id, days: days === '' ? null : days }))
        .setStaleDays,
    onSuccess(result) {
      setFailures(result.__typename === 'Refusal' ? result.failures : [])
      void queries.invalidateQueries({ queryKey: ['guard-limits'] })
    },
    onError: (error) => setFailures(failuresOf(error)),
  })
  const isChanged = (days === '' ? null : days) !== saved
  const now = saved === null ? 'kept for ever' : `kept for ${plural(saved, 'day')}`
  return (
    <form
      className="guard-lead stack"
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
    >
      <div className="row" style={{ alignItems: 'flex-end' }}>
        <NumberInput
          label="Days what vanished is kept"
          description={`Now ${now}. What somebody wants, or Owlie once made, always stays. Empty: for ever.`}
          min={1}
          max={3650}
          disabled={!mayEdit}
          value={days}
          onChange={(value) => setDays(value === '' ? '' : Number(value))}
          w={360}
          maw="100%"
        />
        <Button type="submit" variant="default" disabled={!mayEdit || !isChanged} loading={save.isPending}>
          Save days
        </Button>
      </div>
      {failures.length > 0 && <FailureNote failures={failures} />}
    </form>
  )
}
