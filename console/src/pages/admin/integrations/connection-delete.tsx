import { Button, Modal, TextInput, Tooltip } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type JSX, useState } from 'react'
import { api, type Failure, failuresOf } from '../../../api.ts'
import { RefusalFields } from '../../../failure-fields.ts'
import { graphql } from '../../../graphql.ts'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { Sheet } from '../../../parts/page.tsx'
import { to } from '../../../path-builder.ts'
import { keepDraft } from './draft.ts'
import type { Connection } from './setup-query.ts'

const DeleteMutation = graphql(
  `
    mutation DeleteConnection($id: ID!, $confirmName: String!) {
      deleteConnection(id: $id, confirmName: $confirmName) {
        __typename
        ... on Deleted {
          id
        }
        ...RefusalFields
      }
    }
  `,
  [RefusalFields],
)

/** Deleting is confirmed by the connection's name. */
export function ConnectionDelete({
  integration,
  connection,
}: {
  integration: string
  connection: Connection
}): JSX.Element {
  const [open, setOpen] = useState(false)
  const disabled = connection.actions.find(({ name }) => name === 'delete')?.disabledReason
  return (
    <Sheet title="Delete this connection">
      <div className="row" style={{ justifyContent: 'space-between' }}>
        <span className="quiet" style={{ flex: '1 1 260px' }}>
          Removes its settings, its secret, and everything Owlie has seen through it. Nothing changes in the
          connected system.
        </span>
        <Tooltip label={disabled} disabled={!disabled}>
          <Button variant="default" disabled={Boolean(disabled)} onClick={() => setOpen(true)}>
            Delete…
          </Button>
        </Tooltip>
      </div>
      <Modal opened={open} onClose={() => setOpen(false)} title={`Delete ${connection.name}`}>
        <Confirm integration={integration} connection={connection} close={() => setOpen(false)} />
      </Modal>
    </Sheet>
  )
}

function Confirm({
  integration,
  connection,
  close,
}: {
  integration: string
  connection: Connection
  close: () => void
}): JSX.Element {
  const [name, setName] = useState('')
  const [failures, setFailures] = useState<readonly Failure[]>([])
  const queries = useQueryClient()
  const navigate = useNavigate()
  const remove = useMutation({
    mutationFn: async () =>
      (await api(DeleteMutation, { id: connection.id, confirmName: name })).deleteConnection,
    async onSuccess(result) {
      if (result.__typename === 'Refusal') return setFailures(result.failures)
      keepDraft(integration, connection.id, null)
      close()
      notifications.show({ message: `${connection.name} is deleted.` })
      await navigate({ ...to.integrations(), ignoreBlocker: true })
      void queries.invalidateQueries()
    },
    onError: (error) => setFailures(failuresOf(error)),
  })
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        if (name === connection.name) remove.mutate()
      }}
    >
      <TextInput
        label={`Type ${connection.name} to confirm`}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        data-autofocus
        autoComplete="off"
      />
      {failures.length > 0 && <FailureNote failures={failures} />}
      <div className="row" style={{ justifyContent: 'flex-end' }}>
        <Button variant="default" onClick={close}>
          Keep it
        </Button>
        <Button type="submit" color="red.8" disabled={name !== connection.name} loading={remove.isPending}>
          Delete {connection.name}
        </Button>
      </div>
    </form>
  )
}
