import { RefusalFields } from '../../../failure-fields.ts'
import { graphql, type ResultOf } from '../../../graphql.ts'

export const ApprovalRulesQuery = graphql(`
  query ApprovalRules {
    connections {
      id
      name
      approvalRules {
        action
        most
        setBy
        setAt
      }
      connector {
        name
        actions {
          name
          label
          destructive
        }
      }
    }
  }
`)

export const SetApprovalRuleMutation = graphql(
  `
    mutation SetApprovalRule($connectionId: ID!, $action: String!, $most: Int) {
      setApprovalRule(connectionId: $connectionId, action: $action, most: $most) {
        __typename
        ...RefusalFields
      }
    }
  `,
  [RefusalFields],
)

export type Ruled = ResultOf<typeof ApprovalRulesQuery>['connections'][number]
export type Rule = Ruled['approvalRules'][number]
