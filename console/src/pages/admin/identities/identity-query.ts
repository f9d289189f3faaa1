import { useMutation, useQueryClient, type UseMutationResult } from '@tanstack/react-query'
import { notifications } from '@mantine/notifications'
import { useState } from 'react'
import { type Failure, failuresOf } from '../../../api.ts'
import { RefusalFields } from '../../../failure-fields.ts'
import { graphql } from '../../../graphql.ts'

/** What admins decide about identities; each answers with the identity, or says why not. */

export const IdentityResultFields = graphql(
  `
    fragment IdentityResultFields on IdentityResult @_unmask {
      __typename
      ... on Identity {
        id
        displayName
        version
      }
      ...RefusalFields
    }
  `,
  [RefusalFields],
)

export const LinkMutation = graphql(
  `
    mutation LinkAccount($accountId: ID!, $identityId: ID!, $moveFrom: ID) {
      linkAccount(accountId: $accountId, identityId: $identityId, moveFrom: $moveFrom) {
        ...IdentityResultFields
      }
    }
  `,
  [IdentityResultFields],
)

export const UnlinkMutation = graphql(
  `
    mutation UnlinkAccount($accountId: ID!, $identityId: ID!) {
      unlinkAccount(accountId: $accountId, identityId: $identityId) {
        ...IdentityResultFields
      }
    }
  `,
  [IdentityResultFields],
)

export const ApartMutation = graphql(
  `
    mutation SetAccountApart($accountId: ID!, $identityId: ID!) {
      setAccountApart(accountId: $accountId, identityId: $identityId) {
        ...IdentityResultFields
      }
    }
  `,
  [IdentityResultFields],
)

export const CreateForMutation = graphql(
  `
    mutation CreateIdentityFor($accountId: ID!, $apartFrom: [ID!]) {
      createIdentityFor(accountId: $accountId, apartFrom: $apartFrom) {
        ...IdentityResultFields
      }
    }
  `,
  [IdentityResultFields],
)

export const CreateMutation = graphql(
  `
    mutation CreateIdentity($kind: IdentityKind, $values: [AttributeValueInput!]!) {
      createIdentity(kind: $kind, values: $values) {
        ...IdentityResultFields
      }
    }
  `,
  [IdentityResultFields],
)

export const EditMutation = graphql(
  `
    mutation EditIdentity(
      $id: ID!
      $version: Int!
      $kind: IdentityKind
      $status: IdentityStatus
      $values: [AttributeValueInput!]
    ) {
      editIdentity(id: $id, version: $version, kind: $kind, status: $status, values: $values) {
        ...IdentityResultFields
      }
    }
  `,
  [IdentityResultFields],
)

export const MergeMutation = graphql(
  `
    mutation MergeIdentities($fromId: ID!, $intoId: ID!, $reason: String) {
      mergeIdentities(fromId: $fromId, intoId: $intoId, reason: $reason) {
        ...IdentityResultFields
      }
    }
  `,
  [IdentityResultFields],
)

export const UnmergeMutation = graphql(
  `
    mutation UnmergeIdentity($id: ID!) {
      unmergeIdentity(id: $id) {
        __typename
        ... on Unmerged {
          identity {
            id
            displayName
          }
          stayed
        }
        ...RefusalFields
      }
    }
  `,
  [RefusalFields],
)

export const MarkMutation = graphql(
  `
    mutation MarkAccount($accountId: ID!, $nature: AccountNature!) {
      markAccount(accountId: $accountId, nature: $nature) {
        __typename
        ... on MarkedAccount {
          account {
            id
          }
        }
        ...RefusalFields
      }
    }
  `,
  [RefusalFields],
)

type Answer =
  { readonly __typename: string } | { readonly __typename: 'Refusal'; readonly failures: readonly Failure[] }

/** One decision at a time: why it was refused, and everything about identities read anew when it was not. */
export function useDecision(): {
  readonly decide: UseMutationResult<boolean, Error, Decision>
  readonly failures: readonly Failure[]
} {
  const queries = useQueryClient()
  const [failures, setFailures] = useState<readonly Failure[]>([])
  const decide = useMutation({
    mutationFn: async ({ send, said }: Decision) => {
      setFailures([])
      const answer = await send()
      if ('failures' in answer) {
        setFailures(answer.failures)
        return false
      }
      notifications.show({ message: said })
      return true
    },
    onSuccess: (_done, { then }) => {
      if (_done) then?.()
    },
    onError: (error) => setFailures(failuresOf(error)),
    onSettled: () =>
      queries.invalidateQueries({
        predicate: ({ queryKey }) =>
          String(queryKey[0]).startsWith('identit') || queryKey[0] === 'account-identity',
      }),
  })
  return { decide, failures }
}

export interface Decision {
  readonly send: () => Promise<Answer>
  /** What was done, one sentence. */
  readonly said: string
  readonly then?: () => void
}
