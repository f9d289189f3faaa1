import { Button, Modal } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { IconPlus } from '@tabler/icons-react'
import { type JSX, useState } from 'react'
import { api, type Failure, failuresOf } from '../../../api.ts'
import { RefusalFields } from '../../../failure-fields.ts'
import { graphql, type ResultOf } from '../../../graphql.ts'
import { type Column, DataTable } from '../../../parts/data-table.tsx'
import { Empty } from '../../../parts/empty.tsx'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { Page } from '../../../parts/page.tsx'
import { SameElsewhere, Snippet } from '../../../parts/snippet.tsx'
import { When } from '../../../parts/when.tsx'
import { ApiKeyCreate } from './api-key-create.tsx'

const KeysQuery = graphql(`
  query ApiKeys {
    apiKeys {
      id
      name
      start
      scopes
      createdAt
      createdBy
      expiresAt
      lastUsedAt
    }
  }
`)

const RevokeMutation = graphql(
  `
    mutation RevokeApiKey($id: ID!) {
      revokeApiKey(id: $id) {
        __typename
        ... on Deleted {
          id
        }
        ...RefusalFields
      }
    }
  `,
  [RefusalFields],
)

type Key = ResultOf<typeof KeysQuery>['apiKeys'][number]

/** Keys for programs. A key is shown once, acts with its scopes only, and ends at once when it is revoked. */
export function ApiKeysPage(): JSX.Element {
  const [creating, setCreating] = useState(false)
  const [shown, setShown] = useState<{ name: string; key: string } | null>(null)
  const [revoking, setRevoking] = useState<Key | null>(null)
  const queries = useQueryClient()
  const keys = useQuery({
    queryKey: ['api-keys'],
    queryFn: async ({ signal }) => (await api(KeysQuery, {}, signal)).apiKeys,
  })
  const columns: readonly Column<Key>[] = [
    {
      name: 'Key',
      width: '26%',
      cell: ({ name, start }) => (
        <>
          {name}
          <div className="faint mono">{start}…</div>
        </>
      ),
    },
    { name: 'Scopes', cell: ({ scopes }) => <span className="mono">{scopes.join(' ')}</span> },
    {
      name: 'Made',
      hideBelow: 720,
      cell: ({ createdAt, createdBy }) => (
        <>
          <When at={createdAt} />
          {createdBy && <div className="faint">by {createdBy}</div>}
        </>
      ),
    },
    { name: 'Last used', hideBelow: 720, cell: ({ lastUsedAt }) => <When at={lastUsedAt} /> },
    { name: 'Expires', hideBelow: 1000, cell: ({ expiresAt }) => <When at={expiresAt} /> },
    {
      name: 'Action',
      cell: (key) => (
        <Button size="compact-sm" variant="default" onClick={() => setRevoking(key)}>
          Revoke
        </Button>
      ),
    },
  ]
  return (
    <Page
      title="API keys"
      lead="For programs and the command line. A key acts with its scopes only; give each program its own."
      actions={
        keys.data?.length !== 0 && (
          <Button leftSection={<IconPlus size={16} />} onClick={() => setCreating(true)}>
            Create API key
          </Button>
        )
      }
    >
      <div className="stack-l">
        {shown && <NewKey name={shown.name} secret={shown.key} close={() => setShown(null)} />}
        <div className="sheet">
          <DataTable
            caption="API keys"
            columns={columns}
            rows={keys.data}
            rowKey={({ id }) => id}
            error={keys.error}
            retry={() => void keys.refetch()}
            skeletonRows={3}
            empty={
              <Empty
                title="No API key yet."
                action={<Button onClick={() => setCreating(true)}>Create API key</Button>}
              >
                <p>Make one for the command line or a program, with the scopes it needs.</p>
              </Empty>
            }
          />
        </div>
      </div>
      <Modal opened={creating} onClose={() => setCreating(false)} title="Create API key" size="lg">
        <ApiKeyCreate
          done={(made) => {
            setCreating(false)
            setShown(made)
            void queries.invalidateQueries({ queryKey: ['api-keys'] })
          }}
        />
      </Modal>
      <Modal opened={revoking !== null} onClose={() => setRevoking(null)} title="Revoke API key">
        {revoking && <Revoke apiKey={revoking} close={() => setRevoking(null)} />}
      </Modal>
      <SameElsewhere
        cli="owlie api-key list"
        graphql="query { apiKeys { id name start scopes createdAt lastUsedAt expiresAt } }"
      />
    </Page>
  )
}

function NewKey({ name, secret, close }: { name: string; secret: string; close: () => void }): JSX.Element {
  return (
    <section className="sheet sheet-body stack" aria-label="The new key">
      <p style={{ margin: 0 }}>
        <b>{name}</b> is made. Copy it now: it is shown this one time.
      </p>
      <Snippet text={secret} label="the new key" />
      <div>
        <Button variant="default" size="compact-sm" onClick={close}>
          I have copied it
        </Button>
      </div>
    </section>
  )
}

function Revoke({ apiKey, close }: { apiKey: Key; close: () => void }): JSX.Element {
  const queries = useQueryClient()
  const [failures, setFailures] = useState<readonly Failure[]>([])
  const revoke = useMutation({
    mutationFn: async () => (await api(RevokeMutation, { id: apiKey.id })).revokeApiKey,
    onSuccess(result) {
      if (result.__typename === 'Refusal') return setFailures(result.failures)
      notifications.show({ message: `${apiKey.name} works no more.` })
      void queries.invalidateQueries({ queryKey: ['api-keys'] })
      close()
    },
    onError: (error) => setFailures(failuresOf(error)),
  })
  return (
    <div className="stack">
      <p style={{ margin: 0 }}>
        Programs that use <b>{apiKey.name}</b> are refused from the next request on. This cannot be undone;
        make a new key for them first if they shall go on.
      </p>
      {failures.length > 0 && <FailureNote failures={failures} />}
      <div className="row" style={{ justifyContent: 'flex-end' }}>
        <Button variant="default" onClick={close}>
          Keep it
        </Button>
        <Button color="red.8" loading={revoke.isPending} onClick={() => revoke.mutate()}>
          Revoke {apiKey.name}
        </Button>
      </div>
    </div>
  )
}
