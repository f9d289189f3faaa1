import { FailureFields } from '../../../failure-fields.ts'
import { graphql, type ResultOf } from '../../../graphql.ts'
import { TestFields } from './test-report.tsx'

const PublicKeyFields = graphql(`
  fragment PublicKeyFields on PublicKey @_unmask {
    pem
    jwk
    thumbprint
  }
`)

export const WaitingKeyFields = graphql(
  `
    fragment WaitingKeyFields on WaitingKey @_unmask {
      id
      madeAt
      madeBy
      publicKey {
        ...PublicKeyFields
      }
    }
  `,
  [PublicKeyFields],
)

export const ConnectionFields = graphql(
  `
    fragment ConnectionFields on Connection @_unmask {
      id
      name
      state
      stateReason
      version
      config {
        name
        value
      }
      ratePlan
      customRate {
        burst
        perMinute
      }
      reservePercent
      secrets {
        field
        configured
        lastFour
        setAt
        setBy
        publicKey {
          ...PublicKeyFields
        }
      }
      waitingKeys {
        ...WaitingKeyFields
      }
      counts {
        kind
        present
      }
      actions {
        name
        disabledReason
      }
      activeRun {
        id
        status
      }
      lastRun {
        id
        status
        finishedAt
      }
      lastTest {
        ...TestFields
      }
    }
  `,
  [TestFields, PublicKeyFields, WaitingKeyFields],
)

export const SetupQuery = graphql(
  `
    query Setup($integration: String!) {
      connector(name: $integration) {
        name
        label
        summary
        available
        fields {
          name
          label
          input
          required
          placeholder
          hint
          bindsSecrets
          keyPair
        }
        capabilities {
          name
          label
          group
          purpose
          scopes
        }
        presets {
          name
          label
          scopes
        }
        ratePlans {
          name
          label
        }
        connections {
          ...ConnectionFields
        }
      }
    }
  `,
  [ConnectionFields],
)

export const AdviceQuery = graphql(`
  query ScopeAdvice($connector: String!, $scopes: String!) {
    scopeAdvice(connector: $connector, scopes: $scopes) {
      entered
      unknown {
        scope
        nearest
      }
      neverNeeded
      dangerous {
        scope
        reason
      }
      minimal
      leastPrivilege {
        score
        sentence
        beyond {
          scope
          danger
          reason
        }
      }
    }
  }
`)

export const CheckQuery = graphql(
  `
    query ConfigAdvice($connector: String!, $config: [ConfigEntryInput!]!) {
      configAdvice(connector: $connector, config: $config) {
        failures {
          ...FailureFields
        }
      }
    }
  `,
  [FailureFields],
)

export type Connector = NonNullable<ResultOf<typeof SetupQuery>['connector']>
export type Connection = ResultOf<typeof ConnectionFields>
export type Field = Connector['fields'][number]
export type Capability = Connector['capabilities'][number]
export type WaitingKey = ResultOf<typeof WaitingKeyFields>
export type PublicKey = WaitingKey['publicKey']
export type Advice = ResultOf<typeof AdviceQuery>['scopeAdvice']
