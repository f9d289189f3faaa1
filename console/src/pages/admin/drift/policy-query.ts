import { api } from '../../../api.ts'
import { RefusalFields } from '../../../failure-fields.ts'
import { graphql, type ResultOf, type VariablesOf } from '../../../graphql.ts'

const KindFields = graphql(`
  fragment KindPoliciesFields on KindPolicies @_unmask {
    id
    kind
    label
    subject
    set {
      type
      policy
      by
      at
    }
    effective {
      type
      policy
      scope
      by
    }
    governedFields
    ignoredFields
    graceSeconds
    governedSince
    governedBy
    intents
    open
  }
`)

export const DriftPoliciesQuery = graphql(
  `
    query DriftPolicies($connectionId: ID!) {
      driftPolicies(connectionId: $connectionId) {
        ...KindPoliciesFields
      }
    }
  `,
  [KindFields],
)

const PreviewQuery = graphql(
  `
    query PreviewDriftPolicy($input: DriftPolicyInput!) {
      previewDriftPolicy(input: $input) {
        __typename
        ... on DriftPolicyPreview {
          adopted
          operations
          listed
          dropped
          cut
          examples {
            type
            account
            entitlement
          }
          guard {
            asks
            reason
          }
        }
        ...RefusalFields
      }
    }
  `,
  [RefusalFields],
)

const SetMutation = graphql(
  `
    mutation SetDriftPolicy($input: DriftPolicyInput!) {
      setDriftPolicy(input: $input) {
        __typename
        ... on KindPoliciesList {
          kinds {
            ...KindPoliciesFields
          }
        }
        ...RefusalFields
      }
    }
  `,
  [KindFields, RefusalFields],
)

const SettingMutation = graphql(
  `
    mutation SetDriftSetting(
      $connectionId: ID!
      $kind: String!
      $ignoredFields: [String!]!
      $graceSeconds: Int!
    ) {
      setDriftSetting(
        connectionId: $connectionId
        kind: $kind
        ignoredFields: $ignoredFields
        graceSeconds: $graceSeconds
      ) {
        __typename
        ... on KindPoliciesList {
          kinds {
            ...KindPoliciesFields
          }
        }
        ...RefusalFields
      }
    }
  `,
  [KindFields, RefusalFields],
)

export type KindPolicies = NonNullable<ResultOf<typeof DriftPoliciesQuery>['driftPolicies']>[number]
export type PolicyInput = VariablesOf<typeof SetMutation>['input']

export async function previewPolicy(input: PolicyInput, signal?: AbortSignal) {
  return (await api(PreviewQuery, { input }, signal)).previewDriftPolicy
}

export async function setPolicy(input: PolicyInput) {
  return (await api(SetMutation, { input })).setDriftPolicy
}

export async function setSetting(input: VariablesOf<typeof SettingMutation>) {
  return (await api(SettingMutation, input)).setDriftSetting
}
