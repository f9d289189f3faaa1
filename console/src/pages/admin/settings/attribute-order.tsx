import { ActionIcon, Button, Modal, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react'
import { type JSX, useState } from 'react'
import { api, failuresOf } from '../../../api.ts'
import { RefusalFields } from '../../../failure-fields.ts'
import { graphql, type ResultOf } from '../../../graphql.ts'
import { type Column, DataTable } from '../../../parts/data-table.tsx'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { count } from '../../../parts/figures.ts'
import { Sheet } from '../../../parts/page.tsx'
import { When } from '../../../parts/when.tsx'
import { useViewer } from '../../../viewer.ts'
import { useDecision } from '../identities/identity-query.ts'
import { IdentityName } from '../identities/identity-words.tsx'
import '../identities/identities.css'

const SourcesQuery = graphql(`
  query AttributeSources {
    attributeSources {
      name
      label
      isChosen
      version
      updatedAt
      updatedBy
      sources {
        id
        connection {
          name
        }
      }
    }
  }
`)

const PreviewQuery = graphql(`
  query AttributeSourcesPreview($attribute: String!, $sources: [ID!]!) {
    attributeSourcesPreview(attribute: $attribute, sources: $sources) {
      examined
      changed
      isPartial
      samples {
        identityId
        displayName
        before
        after
      }
    }
  }
`)

const SetMutation = graphql(
  `
    mutation SetAttributeSources($attribute: String!, $sources: [ID!]!, $version: Int!) {
      setAttributeSources(attribute: $attribute, sources: $sources, version: $version) {
        __typename
        ... on AttributeSources {
          name
          version
        }
        ...RefusalFields
      }
    }
  `,
  [RefusalFields],
)

type Attribute = ResultOf<typeof SourcesQuery>['attributeSources'][number]
type Source = Attribute['sources'][number]

function words({ connection }: Source): string {
  return connection === null ? 'Entered by hand' : connection.name
}

/** Per attribute, the order in which sources are believed. */
export function AttributeOrder(): JSX.Element {
  const may = useViewer().actions.includes('identity.write')
  const [editing, setEditing] = useState<Attribute | null>(null)
  const found = useQuery({
    queryKey: ['identity-sources'],
    queryFn: async ({ signal }) => (await api(SourcesQuery, {}, signal)).attributeSources,
  })
  const columns: readonly Column<Attribute>[] = [
    { name: 'Attribute', width: '24%', cell: ({ label }) => label },
    {
      name: 'First that has a value wins',
      cell: ({ sources }) => <span className="quiet">{sources.map(words).join(', then ')}</span>,
    },
    {
      name: 'Chosen',
      hideBelow: 720,
      cell: ({ isChosen, updatedAt, updatedBy }) =>
        isChosen ? (
          <>
            <When at={updatedAt} />
            <div className="faint">by {updatedBy}</div>
          </>
        ) : (
          <span className="faint">as it comes</span>
        ),
    },
    ...(may
      ? [
          {
            name: 'Change',
            cell: (attribute: Attribute) => (
              <Button
                size="compact-sm"
                variant="default"
                aria-label={`Change the order for ${attribute.label}`}
                onClick={() => setEditing(attribute)}
              >
                Change
              </Button>
            ),
          },
        ]
      : []),
  ]
  return (
    <Sheet title="Whose word counts" flush>
      <DataTable
        caption="Sources of attributes, in order"
        columns={columns}
        rows={found.data}
        rowKey={({ name }) => name}
        error={found.error}
        retry={() => void found.refetch()}
        skeletonRows={10}
        empty={null}
      />
      <Modal
        opened={editing !== null}
        onClose={() => setEditing(null)}
        title={`Whose word counts: ${editing?.label ?? ''}`}
        size="lg"
      >
        {editing && <Order attribute={editing} close={() => setEditing(null)} />}
      </Modal>
    </Sheet>
  )
}

function Order({ attribute, close }: { attribute: Attribute; close: () => void }): JSX.Element {
  const { decide, failures } = useDecision()
  const [order, setOrder] = useState(attribute.sources)
  const sources = order.map(({ id }) => id)
  const isChanged = sources.join() !== attribute.sources.map(({ id }) => id).join()
  const move = (from: number, by: number) => {
    const next = [...order]
    const [moved] = next.splice(from, 1)
    next.splice(from + by, 0, moved!)
    setOrder(next)
  }
  const save = () =>
    decide.mutate({
      said: `${attribute.label} follows the new order.`,
      send: async () => {
        const variables = { attribute: attribute.name, sources, version: attribute.version }
        return (await api(SetMutation, variables)).setAttributeSources
      },
      then: close,
    })
  return (
    <div className="stack">
      <ol className="order">
        {order.map((source, place) => (
          <li key={source.id}>
            <span>
              <span className="faint num">{place + 1}</span> {words(source)}
            </span>
            <ActionIcon
              variant="default"
              aria-label={`${words(source)} up`}
              disabled={place === 0}
              onClick={() => move(place, -1)}
            >
              <IconArrowUp size={16} />
            </ActionIcon>
            <ActionIcon
              variant="default"
              aria-label={`${words(source)} down`}
              disabled={place === order.length - 1}
              onClick={() => move(place, 1)}
            >
              <IconArrowDown size={16} />
            </ActionIcon>
          </li>
        ))}
      </ol>
      <p className="quiet" style={{ margin: 0 }}>
        An account that is gone from its system speaks after all that are there, whatever its rank.
      </p>
      {isChanged && <Preview attribute={attribute.name} sources={sources} />}
      {failures.length > 0 && <FailureNote failures={failures} />}
      <div className="row" style={{ justifyContent: 'flex-end' }}>
        <Button variant="default" onClick={close}>
          Cancel
        </Button>
        <Button disabled={!isChanged} loading={decide.isPending} onClick={save}>
          Save the order
        </Button>
      </div>
    </div>
  )
}

/** What the order would change, before it is saved. */
function Preview({ attribute, sources }: { attribute: string; sources: string[] }): JSX.Element {
  const found = useQuery({
    queryKey: ['identity-sources-preview', attribute, sources],
    queryFn: async ({ signal }) =>
      (await api(PreviewQuery, { attribute, sources }, signal)).attributeSourcesPreview,
  })
  if (found.error)
    return <FailureNote failures={failuresOf(found.error)} retry={() => void found.refetch()} />
  if (!found.data) return <Skeleton h={60} />
  const { examined, changed, isPartial, samples } = found.data
  const rest = changed - samples.length
  return (
    <div className="note" data-tone="info" role="status">
      <div style={{ minWidth: 0 }}>
        <strong>
          {changed === 0
            ? 'Nothing changes.'
            : `${count(changed)} of ${count(examined)} ${examined === 1 ? 'identity' : 'identities'} with more than one source would change.`}
        </strong>
        {isPartial && (
          <div className="quiet">There are more than a preview looks at; all follow when you save.</div>
        )}
        {samples.map(({ identityId, displayName, before, after }) => (
          <div key={identityId}>
            <IdentityName identity={{ id: identityId, displayName }} />:{' '}
            <span className="lost">{before ?? 'none'}</span> {after ?? 'none'}
          </div>
        ))}
        {rest > 0 && <div className="quiet">and {count(rest)} more</div>}
      </div>
    </div>
  )
}
