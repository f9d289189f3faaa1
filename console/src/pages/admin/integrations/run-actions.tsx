import { Button } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { JSX } from 'react'
import { api, failuresOf } from '../../../api.ts'
import { RefusalFields } from '../../../failure-fields.ts'
import { graphql } from '../../../graphql.ts'
import { ButtonLink } from '../../../parts/button-link.tsx'
import { to } from '../../../path-builder.ts'
import { isActive, type Run } from './run-query.ts'

const CancelMutation = graphql(
  `
    mutation CancelSync($runId: ID!) {
      cancelSync(runId: $runId) {
        __typename
        ... on SyncRun {
          id
        }
        ...RefusalFields
      }
    }
  `,
  [RefusalFields],
)

const PauseMutation = graphql(
  `
    mutation PauseSync($runId: ID!) {
      pauseSync(runId: $runId) {
        __typename
        ... on SyncRun {
          id
        }
        ...RefusalFields
      }
    }
  `,
  [RefusalFields],
)

const ResumeMutation = graphql(
  `
    mutation ResumeSync($runId: ID!) {
      resumeSync(runId: $runId) {
        __typename
        ... on SyncRun {
          id
        }
        ...RefusalFields
      }
    }
  `,
  [RefusalFields],
)

const send = {
  pause: async (runId: string) => (await api(PauseMutation, { runId })).pauseSync,
  resume: async (runId: string) => (await api(ResumeMutation, { runId })).resumeSync,
  cancel: async (runId: string) => (await api(CancelMutation, { runId })).cancelSync,
}

type Verb = keyof typeof send

const words: Readonly<Record<Verb, { readonly label: string; readonly title: string }>> = {
  pause: { label: 'Pause', title: 'Stops after the page in flight. Nothing that was read is lost.' },
  resume: { label: 'Resume', title: 'Goes on from where it was paused.' },
  cancel: { label: 'Cancel run', title: 'What was read so far stays.' },
}

/** What can be done with a run: while it goes on pause, resume and cancel; afterwards look at what it brought. */
export function RunActions({ run }: { run: Run }): JSX.Element {
  const queries = useQueryClient()
  const change = useMutation({
    mutationFn: (verb: Verb) => send[verb](run.id),
    onSuccess(result) {
      if (result.__typename === 'Refusal')
        notifications.show({ color: 'red', message: result.failures[0]?.message })
      void queries.invalidateQueries({ queryKey: ['run', run.id] })
    },
    onError: (error) => notifications.show({ color: 'red', message: failuresOf(error)[0]?.message }),
  })
  if (!isActive(run))
    return (
      <ButtonLink {...to.accounts({ connection: run.connection.id })} variant="default">
        See accounts
      </ButtonLink>
    )
  const verbs: readonly Verb[] = [run.status === 'paused' ? 'resume' : 'pause', 'cancel']
  return (
    <>
      {verbs.map((verb) => {
        const disabled = run.actions.find(({ name }) => name === verb)?.disabledReason ?? null
        return (
          <Button
            key={verb}
            variant={verb === 'resume' ? 'filled' : 'default'}
            loading={change.isPending && change.variables === verb}
            disabled={disabled !== null}
            title={disabled ?? words[verb].title}
            onClick={() => change.mutate(verb)}
          >
            {words[verb].label}
          </Button>
        )
      })}
    </>
  )
}
