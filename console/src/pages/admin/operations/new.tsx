import { SegmentedControl, Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { type JSX, useState } from 'react'
import { api, failuresOf } from '../../../api.ts'
import { Empty } from '../../../parts/empty.tsx'
import { ButtonLink } from '../../../parts/button-link.tsx'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { Page, PageSkeleton, Sheet } from '../../../parts/page.tsx'
import { SameElsewhere } from '../../../parts/snippet.tsx'
import { to } from '../../../path-builder.ts'
import './operations.css'
import { WishForm } from './wish-form.tsx'
import { ActionsQuery, groupOf, missingScopes, type Writable, type WritableAction } from './wish.ts'

/** A wish: what, on which objects, with which values. Its plan comes before anything is touched. */
export function NewOperationPage(): JSX.Element {
  const found = useQuery({
    queryKey: ['writable'],
    queryFn: async ({ signal }) => (await api(ActionsQuery, {}, signal)).connections,
  })
  if (found.isPending) return <PageSkeleton />
  if (!found.data)
    return (
      <Page title="New operation">
        <FailureNote failures={failuresOf(found.error)} retry={() => void found.refetch()} />
      </Page>
    )
  return (
    <Page
      title="New operation"
      crumbs={[
        <Link key="all" {...to.operations()}>
          Operations
        </Link>,
      ]}
      lead="Say what should be. The next page shows the plan: every call, from what to what. Nothing is touched before you approve it."
    >
      {found.data.length === 0 ? (
        <div className="sheet">
          <Empty
            title="Nothing is connected yet."
            action={<ButtonLink {...to.setup('auth0')}>Connect Auth0</ButtonLink>}
          >
            <p>Connect a tenant first; then its users, roles and organizations can be changed from here.</p>
          </Empty>
        </div>
      ) : (
        <Choose connections={found.data} />
      )}
      <SameElsewhere
        cli={'owlie plan create Auth0 --action user.block --target "user=auth0|1"'}
        graphql={
          'mutation { submitOperation(connectionId: "…", items: [{action: "user.block", target: {user: ["auth0|1"]}}]) { ... on Operation { id } ... on Refusal { failures { message } } } }'
        }
      />
    </Page>
  )
}

function Choose({ connections }: { connections: readonly Writable[] }): JSX.Element {
  const search = useSearch({ from: '/signed-in/admin/operations/new' })
  const navigate = useNavigate()
  const [way, setWay] = useState<'one' | 'file'>('one')
  const connection = connections.find(({ id }) => id === search.connection) ?? connections[0]!
  const { actions } = connection.connector
  const action = actions.find(({ name }) => name === search.action) ?? null
  const missing = action ? missingScopes(action, connection) : []
  const go = (next: { connection?: string; action?: string }) =>
    void navigate({ ...to.newOperation(next), replace: true })
  return (
    <Sheet title="What should change">
      <div className="wish-grid" data-wide={way === 'file'}>
        {connections.length > 1 && (
          <Select
            label="Connection"
            data={connections.map(({ id, name }) => ({ value: id, label: name }))}
            value={connection.id}
            allowDeselect={false}
            onChange={(id) => id && go({ connection: id })}
          />
        )}
        <Select
          label="Action"
          placeholder="Choose what to do"
          searchable
          data={grouped(actions, connection)}
          value={action?.name ?? null}
          onChange={(name) => go({ connection: connection.id, ...(name ? { action: name } : {}) })}
          maxDropdownHeight={420}
        />
        {missing.length > 0 && <FailureNote failures={[notGranted(action!, missing)]} />}
        <SegmentedControl
          aria-label="One or many"
          value={way}
          onChange={(value) => setWay(value as 'one' | 'file')}
          data={[
            { value: 'one', label: 'Fill in a form' },
            { value: 'file', label: 'Many, from a file' },
          ]}
          style={{ justifySelf: 'start' }}
        />
        {(action || way === 'file') && (
          <WishForm
            key={`${connection.id} ${action?.name ?? ''} ${way}`}
            connection={connection}
            action={action}
            way={way}
            isBlocked={missing.length > 0}
            given={search}
          />
        )}
      </div>
    </Sheet>
  )
}

function grouped(actions: readonly WritableAction[], connection: Writable) {
  const groups = [...new Set(actions.map(groupOf))]
  return groups.map((group) => ({
    group,
    items: actions
      .filter((action) => groupOf(action) === group)
      .map((action) => {
        const missing = missingScopes(action, connection)
        const label = missing.length === 0 ? action.label : `${action.label} (needs ${missing.join(', ')})`
        return { value: action.name, label }
      }),
  }))
}

/** In the words of the connector, which would say the same after it was asked. */
function notGranted({ label }: WritableAction, missing: readonly string[]) {
  const list = missing.join(', ')
  return {
    kind: 'permission',
    code: 'auth0.insufficient_scope',
    message: `To ${label.charAt(0).toLowerCase()}${label.slice(1)}, the application needs ${list}, which Auth0 has not granted (403 insufficient_scope).`,
    why: 'So says the last connection test. After granting, enter it under Scopes of the connection too and test again.',
    remedy: `Grant ${list} to the application for the Auth0 Management API: add it, then retry.`,
    scopes: missing,
  }
}
