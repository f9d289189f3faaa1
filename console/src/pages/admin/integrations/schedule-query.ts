import { FailureFields, RefusalFields } from '../../../failure-fields.ts'
import { graphql, type ResultOf } from '../../../graphql.ts'

export const ScheduleFields = graphql(`
  fragment ScheduleFields on Schedule @_unmask {
    enabled
    cron
    timeZone
    incrementalMinutes
    next
    nextIncremental
    updatedAt
    updatedBy
    lastFull {
      at
      outcome
      reason
      runId
    }
    lastIncremental {
      at
      outcome
      reason
      runId
    }
  }
`)

export const ScheduleQuery = graphql(
  `
    query Schedule($id: ID!) {
      connection(id: $id) {
        id
        schedule {
          ...ScheduleFields
        }
        incrementalObstacle {
          ...FailureFields
        }
      }
    }
  `,
  [ScheduleFields, FailureFields],
)

export const PreviewQuery = graphql(
  `
    query SchedulePreview($cron: String!, $timeZone: String!) {
      schedulePreview(cron: $cron, timeZone: $timeZone) {
        next
        failures {
          ...FailureFields
        }
      }
    }
  `,
  [FailureFields],
)

export const SetScheduleMutation = graphql(
  `
    mutation SetSchedule($connectionId: ID!, $schedule: ScheduleInput!) {
      setSchedule(connectionId: $connectionId, schedule: $schedule) {
        __typename
        ...RefusalFields
        ...ScheduleFields
      }
    }
  `,
  [RefusalFields, ScheduleFields],
)

export type Schedule = ResultOf<typeof ScheduleFields>
export type LastDue = NonNullable<Schedule['lastFull']>
