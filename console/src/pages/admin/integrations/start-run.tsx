import { Button, Menu } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { IconChevronDown } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { JSX } from 'react'
import { api, failuresOf } from '../../../api.ts'
import { FailureFields, RefusalFields } from '../../../failure-fields.ts'
import { graphql, type ResultOf } from '../../../graphql.ts'
import { to } from '../../../path-builder.ts'
import './run.css'

/** What has to be known of a connection to start a run of it. */
export const StartableFields = graphql(
  `
    fragment StartableFields on Connection @_unmask {
      id
      state
      actions {
        name
        disabledReason
      }
      activeRun {
        id
      }
      incrementalObstacle {
        ...FailureFields
      }
    }
  `,
  [FailureFields],
)

export const StartMutation = graphql(
  `
    mutation StartRun($connectionId: ID!, $mode: SyncMode!) {
      startSync(connectionId: $connectionId, mode: $mode) {
        __typename
        ...RefusalFields
        ... on SyncRun {
          id
        }
      }
    }
  `,
  [RefusalFields],
)

/** Starts a run that reads everything, or only what has changed. */
export function StartRun({
  integration,
  connection,
}: {
  integration: string
  connection: ResultOf<typeof StartableFields>
}): JSX.Element | null {
  const navigate = useNavigate()
  const client = useQueryClient()
  const start = useMutation({
    mutationFn: async (mode: 'full' | 'incremental') =>
      (await api(StartMutation, { connectionId: connection.id, mode })).startSync,
    onSuccess(result) {
      if (result.__typename === 'Refusal') return complain(result.failures[0]?.message)
      void client.invalidateQueries({ queryKey: ['runs'] })
      void navigate(to.run(integration, result.id))
    },
    onError: (error) => complain(failuresOf(error)[0]?.message),
  })
  const sync = connection.actions.find(({ name }) => name === 'sync')
  if (!sync || connection.activeRun) return null
  const obstacle = connection.incrementalObstacle
  return (
    <Menu
      shadow="md"
      position="bottom-end"
      width={300}
      withinPortal={false}
      withInitialFocusPlaceholder={false}
    >
      <Menu.Target>
        <Button
          loading={start.isPending}
          disabled={sync.disabledReason !== null}
          title={sync.disabledReason ?? undefined}
          rightSection={<IconChevronDown size={15} aria-hidden />}
        >
          Run sync
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => start.mutate('full')}>
          Everything
          <div className="choice-says">Finds what vanished, too.</div>
        </Menu.Item>
        <Menu.Item
          className="choice"
          disabled={obstacle !== null}
          onClick={() => start.mutate('incremental')}
        >
          What has changed
          <div className="choice-says">
            {obstacle ? obstacle.message : 'Asks what changed since the last run, and reads only that again.'}
          </div>
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

function complain(message = 'The sync could not be started.'): void {
  notifications.show({ color: 'red', message })
}
