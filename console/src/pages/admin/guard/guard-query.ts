import { graphql, type ResultOf } from '../../../graphql.ts'
import { RefusalFields } from '../../../failure-fields.ts'

export const StopFields = graphql(`
  fragment StopFields on GuardStop @_unmask {
    id
    kind
    label
    at
    state
    present
    seen
    created
    changed
    missed
    setHash
    requestedBy
    expiresAt
    releasedBy
    releasedAt
    closedReason
    connection {
      id
      name
      connector {
        name
      }
    }
    run {
      id
      generation
    }
    reasons {
      metric
      window
      rule
      count
      base
      limit
      words
    }
    actions {
      name
      disabledReason
    }
  }
`)

export const StopsQuery = graphql(
  `
    query GuardStops($open: Boolean) {
      guardStops(open: $open) {
        ...StopFields
      }
    }
  `,
  [StopFields],
)

export const StopQuery = graphql(
  `
    query GuardStop($id: ID!) {
      guardStop(id: $id) {
        ...StopFields
        objects(first: 20) {
          id
          label
          externalId
        }
      }
    }
  `,
  [StopFields],
)

export const StopObjectsQuery = graphql(`
  query GuardStopObjects($id: ID!, $skip: Int!) {
    guardStop(id: $id) {
      objects(first: 100, skip: $skip) {
        id
        label
        externalId
      }
    }
  }
`)

export const RequestMutation = graphql(
  `
    mutation RequestGuardRelease($id: ID!, $setHash: String!) {
      requestGuardRelease(id: $id, setHash: $setHash) {
        __typename
        ...StopFields
        ...RefusalFields
      }
    }
  `,
  [StopFields, RefusalFields],
)

export const WithdrawMutation = graphql(
  `
    mutation WithdrawGuardRelease($id: ID!) {
      withdrawGuardRelease(id: $id) {
        __typename
        ...StopFields
        ...RefusalFields
      }
    }
  `,
  [StopFields, RefusalFields],
)

export const ReleaseMutation = graphql(
  `
    mutation ReleaseGuard($id: ID!, $setHash: String!, $confirmCount: Int!) {
      releaseGuard(id: $id, setHash: $setHash, confirmCount: $confirmCount) {
        __typename
        ...StopFields
        ...RefusalFields
      }
    }
  `,
  [StopFields, RefusalFields],
)

export const LimitsQuery = graphql(`
  query GuardLimits {
    connections {
      id
      name
      staleDays
      guardLimits {
        kind
        label
        metric
        free
        absolute
        percent
        isDefault
      }
    }
  }
`)

export const SetLimitMutation = graphql(
  `
    mutation SetGuardLimit(
      $connectionId: ID!
      $kind: String!
      $metric: String!
      $free: Int!
      $absolute: Int
      $percent: Float
    ) {
      setGuardLimit(
        connectionId: $connectionId
        kind: $kind
        metric: $metric
        free: $free
        absolute: $absolute
        percent: $percent
      ) {
        __typename
        ... on GuardLimits {
          limits {
            kind
          }
        }
        ...RefusalFields
      }
    }
  `,
  [RefusalFields],
)

export const SetStaleDaysMutation = graphql(
  `
    mutation SetStaleDays($connectionId: ID!, $days: Int) {
      setStaleDays(connectionId: $connectionId, days: $days) {
        __typename
        ... on Retention {
          days
        }
        ...RefusalFields
      }
    }
  `,
  [RefusalFields],
)

export type Stop = ResultOf<typeof StopFields>
export type LimitRow = ResultOf<typeof LimitsQuery>['connections'][number]['guardLimits'][number]

export const metricWords = { created: 'New', changed: 'Changed', missed: 'Vanished' } as const
