import { api } from '../../../api.ts'
import { RefusalFields } from '../../../failure-fields.ts'
import { graphql, type ResultOf, type VariablesOf } from '../../../graphql.ts'

export const DriftFields = graphql(`
  fragment DriftFields on Drift @_unmask {
    id
    kind
    kindLabel
    subject
    type
    state
    account
    accountId
    accountName
    entitlement
    entitlementId
    entitlementName
    entitlementType
    grantType
    policy
    policyBy
    heldReason
    operationId
    firstSeenAt
    firstSeenRun
    firstSeenGeneration
    lastSeenAt
    lastSeenRun
    lastSeenGeneration
    closedAt
    resolution
    differences {
      field
      intended
      observed
    }
    connection {
      id
      name
      connector {
        name
      }
    }
    intent {
      id
      wanted
      source
      actor
      reason
      since
      desiredVersion
      appliedVersion
    }
    decisions {
      batchId
      decision
      byPolicy
      actor
      reason
      at
      undoneAt
      undoneBy
    }
    actions {
      name
      disabledReason
    }
  }
`)

export const DriftsQuery = graphql(
  `
    query Drifts($filter: DriftFilter, $first: Int!, $after: String) {
      drifts(filter: $filter, first: $first, after: $after) {
        total
        next
        nodes {
          ...DriftFields
        }
      }
    }
  `,
  [DriftFields],
)

export const DriftCountsQuery = graphql(`
  query DriftCounts {
    driftCounts {
      connectionId
      kind
      kindLabel
      type
      state
      count
    }
  }
`)

const PreviewQuery = graphql(
  `
    query PreviewDriftDecision($ids: [ID!], $filter: DriftFilter, $decision: DriftDecision!) {
      previewDriftDecision(ids: $ids, filter: $filter, decision: $decision) {
        __typename
        ... on DriftDecisionPreview {
          count
          skipped
          groups {
            kindLabel
            type
            count
          }
          guard {
            asks
            count
            of
            reason
          }
        }
        ...RefusalFields
      }
    }
  `,
  [RefusalFields],
)

const DecideMutation = graphql(
  `
    mutation DecideDrift(
      $ids: [ID!]
      $filter: DriftFilter
      $decision: DriftDecision!
      $confirm: Int
      $reason: String
    ) {
      decideDrift(ids: $ids, filter: $filter, decision: $decision, confirm: $confirm, reason: $reason) {
        __typename
        ... on DriftDecided {
          batchId
          decision
          decided
          skipped
        }
        ...RefusalFields
      }
    }
  `,
  [RefusalFields],
)

const UndoMutation = graphql(
  `
    mutation UndoDrift($batchId: ID!) {
      undoDrift(batchId: $batchId) {
        __typename
        ... on DriftUndone {
          batchId
          undone
          kept
        }
        ...RefusalFields
      }
    }
  `,
  [RefusalFields],
)

export type Drift = ResultOf<typeof DriftsQuery>['drifts']['nodes'][number]
export type DriftCount = ResultOf<typeof DriftCountsQuery>['driftCounts'][number]
export type Filter = NonNullable<VariablesOf<typeof DriftsQuery>['filter']>
export type Decision = VariablesOf<typeof DecideMutation>['decision']
/** What a decision is about: the ones named, or all a filter finds. */
export type About = { readonly ids: readonly string[] } | { readonly filter: Filter }

const variablesOf = (about: About) => ('ids' in about ? { ids: [...about.ids] } : { filter: about.filter })

export async function previewDecision(about: About, decision: Decision, signal?: AbortSignal) {
  return (await api(PreviewQuery, { ...variablesOf(about), decision }, signal)).previewDriftDecision
}

export type Preview = Extract<
  Awaited<ReturnType<typeof previewDecision>>,
  { __typename: 'DriftDecisionPreview' }
>

export async function decide(about: About, decision: Decision, confirm?: number, reason?: string) {
  const more = { ...(confirm === undefined ? {} : { confirm }), ...(reason ? { reason } : {}) }
  return (await api(DecideMutation, { ...variablesOf(about), decision, ...more })).decideDrift
}

export async function undo(batchId: string) {
  return (await api(UndoMutation, { batchId })).undoDrift
}
