import { RefusalFields } from '../../../failure-fields.ts'
import { graphql, type ResultOf } from '../../../graphql.ts'

export const PersonFields = graphql(`
  fragment PersonFields on Operator @_unmask {
    id
    email
    name
    role
    createdAt
    createdBy
    signedInAt
    secondFactor
    disabledAt
    oneTimeUntil
    isViewer
  }
`)

export const PeopleQuery = graphql(
  `
    query People {
      operators {
        ...PersonFields
      }
    }
  `,
  [PersonFields],
)

export const CreatePersonMutation = graphql(
  `
    mutation CreateOperator($input: CreateOperatorInput!) {
      createOperator(input: $input) {
        __typename
        ... on IssuedPassword {
          oneTimePassword
          operator {
            ...PersonFields
          }
        }
        ...RefusalFields
      }
    }
  `,
  [PersonFields, RefusalFields],
)

export const SetRoleMutation = graphql(
  `
    mutation SetOperatorRole($id: ID!, $role: Role!) {
      result: setOperatorRole(id: $id, role: $role) {
        __typename
        ...RefusalFields
      }
    }
  `,
  [RefusalFields],
)

export const SetDisabledMutation = graphql(
  `
    mutation SetOperatorDisabled($id: ID!, $disabled: Boolean!) {
      result: setOperatorDisabled(id: $id, disabled: $disabled) {
        __typename
        ...RefusalFields
      }
    }
  `,
  [RefusalFields],
)

export const ResetPasswordMutation = graphql(
  `
    mutation ResetOperatorPassword($id: ID!, $secondFactor: Boolean!) {
      result: resetOperatorPassword(id: $id, secondFactor: $secondFactor) {
        __typename
        ... on IssuedPassword {
          oneTimePassword
        }
        ...RefusalFields
      }
    }
  `,
  [RefusalFields],
)

export const EndSessionsMutation = graphql(
  `
    mutation EndOperatorSessions($id: ID!) {
      result: endOperatorSessions(id: $id) {
        __typename
        ...RefusalFields
      }
    }
  `,
  [RefusalFields],
)

export const RemovePersonMutation = graphql(
  `
    mutation RemoveOperator($id: ID!) {
      result: removeOperator(id: $id) {
        __typename
        ...RefusalFields
      }
    }
  `,
  [RefusalFields],
)

export type Person = ResultOf<typeof PersonFields>
export type Role = Person['role']

export const roles: readonly { readonly value: Role; readonly label: string; readonly words: string }[] = [
  { value: 'admin', label: 'Admin', words: 'configures, decides and changes' },
  { value: 'auditor', label: 'Auditor', words: 'reads everything, changes nothing' },
  { value: 'requester', label: 'Requester', words: 'asks for access' },
]
