import { graphql, type ResultOf } from '../../../graphql.ts'
import { FailureFields, RefusalFields } from '../../../failure-fields.ts'

export const OperationFields = graphql(
  `
    fragment OperationFields on Operation @_unmask {
      id
      title
      reason
      state
      actor
      createdAt
      finishedAt
      cancelRequestedBy
      connection {
        id
        name
        connector {
          name
          label
        }
      }
      failure {
        ...FailureFields
      }
      waiting {
        reason
        until
      }
      progress {
        steps
        done
        failed
        perMinute
        etaMs
      }
      plan {
        number
        hash
        madeAt
        create
        change
        destroy
        same
        adopted
        warnings
        problems {
          ...FailureFields
        }
        moved {
          sentence
          from
          to
        }
        guard {
          count
          secondPerson
          why
        }
        writes
        reads
        seconds
        approvals {
          name
          at
        }
        approvedAt
        approvedByPolicy
        tryOne
      }
      actions {
        name
        disabledReason
      }
    }
  `,
  [FailureFields],
)

const StepFields = graphql(
  `
    fragment StepFields on OperationStep @_unmask {
      id
      position
      action
      sentence
      request
      changeId
      differences {
        what
        from
        to
      }
      scopes
      changes
      destructive
      reversible
      state
      attempts
      failure {
        ...FailureFields
      }
      proof
      proofReason
      endedAt
    }
  `,
  [FailureFields],
)

export const OperationQuery = graphql(
  `
    query Operation($id: ID!, $after: Int) {
      operation(id: $id) {
        ...OperationFields
        steps(first: 100, after: $after) {
          ...StepFields
        }
      }
    }
  `,
  [OperationFields, StepFields],
)

export const JournalQuery = graphql(`
  query OperationJournal($id: ID!, $after: Int) {
    operation(id: $id) {
      journal(first: 100, after: $after) {
        seq
        at
        entry
        stepId
        changeId
        attempt
        detail
      }
      inverse {
        items
        lasting
      }
    }
  }
`)

export const OperationsQuery = graphql(`
  query Operations($connectionId: ID, $states: [OperationState!], $first: Int!, $after: String) {
    operations(connectionId: $connectionId, states: $states, first: $first, after: $after) {
      next
      nodes {
        id
        title
        state
        actor
        createdAt
        connection {
          id
          name
        }
        progress {
          steps
          done
          failed
        }
        plan {
          create
          change
          destroy
        }
      }
    }
  }
`)

export const WishFileQuery = graphql(
  `
    query ReadWishFile($connectionId: ID!, $format: WishFormat!, $text: String!, $action: String) {
      readWishFile(connectionId: $connectionId, format: $format, text: $text, action: $action) {
        items
        lines {
          line
          item
          problems {
            ...FailureFields
          }
        }
        problems {
          ...FailureFields
        }
      }
    }
  `,
  [FailureFields],
)

export type WishLine = ResultOf<typeof WishFileQuery>['readWishFile']['lines'][number]

export const SubmitMutation = graphql(
  `
    mutation SubmitOperation($connectionId: ID!, $items: [OperationItem!]!, $key: String, $reason: String) {
      submitOperation(connectionId: $connectionId, items: $items, idempotencyKey: $key, reason: $reason) {
        __typename
        ... on Operation {
          id
        }
        ...RefusalFields
      }
    }
  `,
  [RefusalFields],
)

export const ApproveMutation = graphql(
  `
    mutation ApproveOperation($id: ID!, $hash: String!, $confirmCount: Int, $tryOne: Boolean) {
      approveOperation(id: $id, hash: $hash, confirmCount: $confirmCount, tryOne: $tryOne) {
        __typename
        ... on Operation {
          id
        }
        ...RefusalFields
      }
    }
  `,
  [RefusalFields],
)

export const CancelMutation = graphql(
  `
    mutation CancelOperation($id: ID!) {
      cancelOperation(id: $id) {
        __typename
        ... on Operation {
          id
        }
        ...RefusalFields
      }
    }
  `,
  [RefusalFields],
)

export const RecoverMutation = graphql(
  `
    mutation RecoverOperation($id: ID!) {
      recoverOperation(id: $id) {
        __typename
        ... on Operation {
          id
        }
        ...RefusalFields
      }
    }
  `,
  [RefusalFields],
)

export const ReplanMutation = graphql(
  `
    mutation ReplanOperation($id: ID!) {
      replanOperation(id: $id) {
        __typename
        ... on Operation {
          id
        }
        ...RefusalFields
      }
    }
  `,
  [RefusalFields],
)

export type Whole = NonNullable<ResultOf<typeof OperationQuery>['operation']>
export type Step = Whole['steps'][number]
export type Listed = ResultOf<typeof OperationsQuery>['operations']['nodes'][number]

const going = ['planning', 'approved', 'applying'] as const

/** Something happens by itself, so the page looks again. */
export function isGoing({ state }: { state: Whole['state'] }): boolean {
  return (going as readonly string[]).includes(state)
}
