import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { JSX } from 'react'
import { api, ApiError, failuresOf } from '../../api.ts'
import { graphql, type ResultOf } from '../../graphql.ts'
import { type Column, DataTable } from '../../parts/data-table.tsx'
import { Empty } from '../../parts/empty.tsx'
import { FailureNote } from '../../parts/failure-note.tsx'
import { count } from '../../parts/figures.ts'
import { Sheet } from '../../parts/page.tsx'
import { When } from '../../parts/when.tsx'
import { Word } from '../../parts/word.tsx'
import { useViewer } from '../../viewer.ts'
import { PermissionName, Ways } from './account-access.tsx'

const ReadPermissions = graphql(`
  mutation ReadAccountPermissions($id: ID!) {
    readAccountPermissions(accountId: $id) {
      __typename
      ... on AccountPermissions {
        readAt
        requests
        permissions {
          name
          description
          api
          apiName
          sources {
            type
            id
            name
          }
        }
      }
      ... on Refusal {
        failures {
          kind
          code
          message
          why
          remedy
          scopes
          capability
          notBefore
        }
      }
    }
  }
`)

type Answer = Extract<
  ResultOf<typeof ReadPermissions>['readAccountPermissions'],
  { __typename: 'AccountPermissions' }
>
type Permission = Answer['permissions'][number]

/** What the system itself says when it is asked now, with what was given to the account directly. Kept nowhere. */
export function AccountPermissions({ id, system }: { id: string; system: string }): JSX.Element {
  const read = useMutation({
    mutationFn: async () => {
      const { readAccountPermissions: answer } = await api(ReadPermissions, { id })
      if (answer.__typename === 'Refusal') throw new ApiError(answer.failures, 200)
      return answer
    },
  })
  const mayAsk = useViewer().actions.includes('inventory.ask')
  const ask = mayAsk && (
    <Button size="compact-sm" variant="default" loading={read.isPending} onClick={() => read.mutate()}>
      {read.data ? 'Read again' : `Ask ${system}`}
    </Button>
  )
  return (
    <Sheet title={`Permissions in ${system} now`} actions={ask} flush>
      <div className="sheet-body quiet" aria-live="polite">
        {read.data ? (
          <>
            {count(read.data.permissions.length)} read <When at={read.data.readAt} /> with{' '}
            {count(read.data.requests)} requests. They are shown here and kept nowhere.
          </>
        ) : (
          <>
            Permissions can also be given to an account itself. {system} lists those only account by account,
            so they are read when {mayAsk ? 'you ask' : 'an admin asks'}: one request for each hundred.
          </>
        )}
      </div>
      {read.error && (
        <div className="sheet-body">
          <FailureNote failures={failuresOf(read.error)} retry={() => read.mutate()} />
        </div>
      )}
      {read.data && (
        <DataTable
          caption={`Permissions of this account in ${system}`}
          columns={columns}
          rows={read.data.permissions}
          rowKey={({ api: of, name }) => `${of} ${name}`}
          empty={
            <Empty title="No permissions.">
              <p>Neither given to the account itself nor through a role it holds outside organizations.</p>
            </Empty>
          }
        />
      )}
    </Sheet>
  )
}

const columns: readonly Column<Permission>[] = [
  { name: 'Permission', width: '34%', cell: (permission) => <PermissionName {...permission} /> },
  { name: 'API', hideBelow: 720, cell: ({ api: of, apiName }) => apiName ?? of },
  {
    name: 'Where it comes from',
    cell: ({ sources }) => (
      <>
        {sources.some(({ type }) => type === 'direct') && <Word tone="info">Given directly</Word>}
        <Ways
          words={sources
            .filter(({ type }) => type !== 'direct')
            .map(
              ({ type, name, id }) =>
                `through ${type === 'role' ? 'role ' : ''}${name ?? id ?? 'something else'}`,
            )}
        />
      </>
    ),
  },
]
