import { graphql, type ResultOf } from '../../../graphql.ts'

export const ReviewQuery = graphql(`
  query IdentityReview($connectionId: ID, $first: Int!) {
    identityReview(connectionId: $connectionId, first: $first) {
      total
      nodes {
        score
        identity {
          id
          displayName
          email
          accountCount
        }
        account {
          id
          displayName
          email
          externalId
          status
          staleSince
          attributes
          firstSeenAt
          connection {
            name
          }
        }
        candidates {
          score
          rule
          foundAt
          evidence {
            sentence
            value
          }
          identity {
            id
            displayName
            email
            kind
            status
            accountCount
            profile
          }
        }
      }
    }
  }
`)

export type ReviewItem = ResultOf<typeof ReviewQuery>['identityReview']['nodes'][number]
export type Candidate = ReviewItem['candidates'][number]
