import { Button, Checkbox, Modal, NumberInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type JSX, useState } from 'react'
import { failuresOf } from '../../../api.ts'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { type KindPolicies, setSetting } from './policy-query.ts'

/** Which fields of a kind are compared, and how long a list of the target may lag behind a write of ours. */
export function SettingChange({
  connectionId,
  kind,
  close,
}: {
  connectionId: string
  kind: KindPolicies
  close: () => void
}): JSX.Element {
  const client = useQueryClient()
  const names = [...new Set([...kind.governedFields, ...kind.ignoredFields])]
  const [watched, setWatched] = useState<readonly string[]>(
    names.filter((name) => !kind.ignoredFields.includes(name)),
  )
  const [grace, setGrace] = useState<number | string>(kind.graceSeconds)
  const saving = useMutation({
    mutationFn: () =>
      setSetting({
        connectionId,
        kind: kind.kind,
        ignoredFields: names.filter((name) => !watched.includes(name)),
        graceSeconds: Math.round(Number(grace)),
      }),
    onSuccess: async (answer) => {
      if (answer.__typename === 'Refusal') return
      close()
      await client.invalidateQueries({ queryKey: ['drift-policies'] })
      await client.invalidateQueries({ queryKey: ['drifts'] })
    },
  })
  const refused = saving.data?.__typename === 'Refusal' ? saving.data.failures : null
  return (
    <Modal opened onClose={close} title={`Settings of ${kind.label}`}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          saving.mutate()
        }}
      >
        {names.length > 0 && (
          <Checkbox.Group
            label="Fields compared"
            description="A field that is not ticked is never drift. Fields that change by themselves are not offered."
            value={[...watched]}
            onChange={setWatched}
          >
            <div className="stack" style={{ gap: 6, marginTop: 8 }}>
              {names.map((name) => (
                <Checkbox key={name} value={name} label={name} />
              ))}
            </div>
          </Checkbox.Group>
        )}
        <NumberInput
          label="Grace after a write of ours, in seconds"
          description="The target’s lists may not show a write at once. Until then nothing is called drift."
          min={0}
          max={86400}
          value={grace}
          onChange={setGrace}
        />
        {refused && <FailureNote failures={refused} />}
        {saving.error && <FailureNote failures={failuresOf(saving.error)} />}
        <div className="row" style={{ justifyContent: 'flex-end' }}>
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" loading={saving.isPending}>
            Save settings
          </Button>
        </div>
      </form>
    </Modal>
  )
}
