import { queryOptions, useSuspenseQuery } from '@tanstack/react-query'
import { api } from './api.ts'
import { graphql, type ResultOf } from './graphql.ts'

const ViewerQuery = graphql(`
  query Viewer {
    viewer {
      id
      name
      email
      role
      tenantId
      actions
      mustChangePassword
    }
  }
`)

export type Viewer = ResultOf<typeof ViewerQuery>['viewer']

export const viewerQuery = queryOptions({
  queryKey: ['viewer'],
  queryFn: async ({ signal }) => (await api(ViewerQuery, {}, signal)).viewer,
  staleTime: 60_000,
})

/** Who is signed in. Only below the signed-in frame, whose route has loaded it. */
export function useViewer(): Viewer {
  return useSuspenseQuery(viewerQuery).data
}
