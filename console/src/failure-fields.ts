import { graphql } from './graphql.ts'

/** All of a failure: every place shows the whole of it. */
export const FailureFields = graphql(`
  fragment FailureFields on Failure @_unmask {
    kind
    code
    message
    why
    remedy
    field
    suggestion
    scopes
    capability
    notBefore
  }
`)

export const RefusalFields = graphql(
  `
    fragment RefusalFields on Refusal @_unmask {
      failures {
        ...FailureFields
      }
    }
  `,
  [FailureFields],
)
