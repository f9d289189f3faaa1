import { graphql, type ResultOf } from '../../../graphql.ts'

export const ForecastFields = graphql(`
  fragment ForecastFields on SyncForecast @_unmask {
    requests
    atMost
    minutes
    ratePlan
    ratePlanAssumed
    reservePercent
    countedAt
    kinds {
      name
      label
      route
      why
      requests
      atMost
    }
    buckets {
      name
      requests
      minutes
    }
  }
`)

export const ForecastQuery = graphql(
  `
    query SyncForecast($id: ID!) {
      syncForecast(connectionId: $id) {
        ...ForecastFields
      }
    }
  `,
  [ForecastFields],
)

export type Forecast = ResultOf<typeof ForecastFields>
