import { FailureFields } from '../../../failure-fields.ts'
import { graphql, type ResultOf } from '../../../graphql.ts'
import { ForecastFields } from './forecast-query.ts'

export const RunFields = graphql(
  `
    fragment RunFields on SyncRun @_unmask {
      id
      mode
      status
      paused {
        at
        by
      }
      trigger
      actor
      startedAt
      finishedAt
      durationMs
      generation
      hints {
        followed
        known
      }
      hintFailure {
        ...FailureFields
      }
      failure {
        ...FailureFields
      }
      kinds {
        name
        label
        end
        running
        reason
        failure {
          ...FailureFields
        }
        read
        created
        changed
        unchanged
        stale
        quarantined
        pages
        total
        totalExact
      }
      requests {
        total
        throttled
        waitedMs
        byRoute {
          route
          count
        }
      }
      waiting {
        reason
        until
      }
      forecast {
        ...ForecastFields
      }
      eta {
        ms
        lowMs
        highMs
      }
      resumptions {
        at
        fromPage
        kind
      }
      actions {
        name
        disabledReason
      }
      connection {
        id
        name
        connector {
          name
          label
        }
      }
    }
  `,
  [FailureFields, ForecastFields],
)

export const RunQuery = graphql(
  `
    query Run($id: ID!) {
      syncRun(id: $id) {
        ...RunFields
      }
    }
  `,
  [RunFields],
)

export type Run = ResultOf<typeof RunFields>
export type Kind = Run['kinds'][number]

export function isActive({ status }: Pick<Run, 'status'>): boolean {
  return status === 'queued' || status === 'running' || status === 'paused'
}
