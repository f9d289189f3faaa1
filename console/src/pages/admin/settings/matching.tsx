import { Button, Checkbox, Modal, Select, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type JSX, useState } from 'react'
import { api } from '../../../api.ts'
import { RefusalFields } from '../../../failure-fields.ts'
import { graphql, type ResultOf } from '../../../graphql.ts'
import { type Column, DataTable } from '../../../parts/data-table.tsx'
import { Empty } from '../../../parts/empty.tsx'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { Sheet } from '../../../parts/page.tsx'
import { useViewer } from '../../../viewer.ts'
import { useDecision } from '../identities/identity-query.ts'

const MatchingQuery = graphql(`
  query Matching {
    connections {
      id
      name
      correlation {
        createIdentities
        emailTrust
        version
        keys {
          name
          path
          trusted
        }
      }
    }
  }
`)

const SetMutation = graphql(
  `
    mutation SetCorrelation(
      $connectionId: ID!
      $version: Int!
      $createIdentities: Boolean!
      $emailTrust: EmailTrust!
      $keys: [CorrelationKeyInput!]!
    ) {
      setCorrelation(
        connectionId: $connectionId
        version: $version
        createIdentities: $createIdentities
        emailTrust: $emailTrust
        keys: $keys
      ) {
        __typename
        ... on CorrelationSetting {
          version
        }
        ...RefusalFields
      }
    }
  `,
  [RefusalFields],
)

type Connection = ResultOf<typeof MatchingQuery>['connections'][number]
type Trust = Connection['correlation']['emailTrust']

const trustWords: Readonly<Record<Trust, string>> = {
  attribute: 'Verified where the account says so',
  always: 'All count as verified',
  never: 'None counts as verified',
}

/** Per connection: whether it makes identities, whose addresses are proven, and further attributes that match. */
export function Matching(): JSX.Element {
  const may = useViewer().actions.includes('identity.write')
  const [editing, setEditing] = useState<Connection | null>(null)
  const found = useQuery({
    queryKey: ['identity-matching'],
    queryFn: async ({ signal }) => (await api(MatchingQuery, {}, signal)).connections,
  })
  const columns: readonly Column<Connection>[] = [
    { name: 'Connection', width: '24%', cell: ({ name }) => name },
    {
      name: 'An account nothing matches',
      cell: ({ correlation }) => (correlation.createIdentities ? 'makes an identity' : 'stays without one'),
    },
    {
      name: 'E-mail addresses',
      hideBelow: 720,
      cell: ({ correlation }) => trustWords[correlation.emailTrust],
    },
    {
      name: 'Further attributes',
      hideBelow: 1000,
      cell: ({ correlation: { keys } }) =>
        keys.length === 0 ? <span className="faint">none</span> : keys.map(({ name }) => name).join(', '),
    },
    ...(may
      ? [
          {
            name: 'Change',
            cell: (connection: Connection) => (
              <Button
                size="compact-sm"
                variant="default"
                aria-label={`Change the matching of ${connection.name}`}
                onClick={() => setEditing(connection)}
              >
                Change
              </Button>
            ),
          },
        ]
      : []),
  ]
  return (
    <Sheet title="Matching per connection" flush>
      <DataTable
        caption="How accounts of each connection are matched"
        columns={columns}
        rows={found.data}
        rowKey={({ id }) => id}
        error={found.error}
        retry={() => void found.refetch()}
        skeletonRows={2}
        empty={
          <Empty title="Nothing is connected yet.">
            <p>Each connection has its own way of matching, once there is one.</p>
          </Empty>
        }
      />
      <Modal
        opened={editing !== null}
        onClose={() => setEditing(null)}
        title={`Matching of ${editing?.name ?? ''}`}
        size="lg"
      >
        {editing && <Edit connection={editing} close={() => setEditing(null)} />}
      </Modal>
    </Sheet>
  )
}

type Key = Connection['correlation']['keys'][number]

function Edit({ connection, close }: { connection: Connection; close: () => void }): JSX.Element {
  const { decide, failures } = useDecision()
  const { correlation } = connection
  const [createIdentities, setCreate] = useState(correlation.createIdentities)
  const [emailTrust, setTrust] = useState<Trust>(correlation.emailTrust)
  const [keys, setKeys] = useState<readonly Key[]>(correlation.keys)
  const save = () =>
    decide.mutate({
      said: `Accounts of ${connection.name} are matched anew.`,
      send: async () => {
        const { version } = correlation
        const given = keys.filter(({ name, path }) => name !== '' || path !== '')
        const variables = { connectionId: connection.id, version, createIdentities, emailTrust, keys: given }
        return (await api(SetMutation, variables)).setCorrelation
      },
      then: close,
    })
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        save()
      }}
    >
      <Checkbox
        label="An account nothing matches makes an identity"
        description="Else it is listed among the accounts without identity until somebody decides."
        checked={createIdentities}
        onChange={(event) => setCreate(event.currentTarget.checked)}
      />
      <Select
        label="E-mail addresses"
        description="An address that is not verified never links: anybody can register with another’s."
        allowDeselect={false}
        value={emailTrust}
        onChange={(value) => setTrust(value as Trust)}
        data={Object.entries(trustWords).map(([value, label]) => ({ value, label }))}
      />
      {emailTrust === 'always' && (
        <p className="quiet" style={{ margin: 0 }}>
          Choose this only for a directory in which nobody can set an address himself: whoever can would be
          linked to another’s identity.
        </p>
      )}
      <Keys keys={keys} setKeys={setKeys} />
      {failures.length > 0 && <FailureNote failures={failures} />}
      <div className="row" style={{ justifyContent: 'flex-end' }}>
        <Button variant="default" onClick={close}>
          Cancel
        </Button>
        <Button type="submit" loading={decide.isPending}>
          Save and match anew
        </Button>
      </div>
    </form>
  )
}

function Keys({
  keys,
  setKeys,
}: {
  keys: readonly Key[]
  setKeys: (keys: readonly Key[]) => void
}): JSX.Element {
  const change = (place: number, part: Partial<Key>) =>
    setKeys(keys.map((key, at) => (at === place ? { ...key, ...part } : key)))
  return (
    <fieldset className="stack" style={{ border: 0, margin: 0, padding: 0 }}>
      <legend style={{ padding: 0, fontWeight: 560 }}>Further attributes</legend>
      <p className="quiet" style={{ margin: 0 }}>
        Accounts with the same value under the same name match. Where it stands is written with dots, e.g.
        app_metadata.badge; $id is the account’s own id.
      </p>
      {keys.map((key, place) => (
        <div className="row" key={place} style={{ alignItems: 'flex-end' }}>
          <TextInput
            label="Name"
            w={140}
            placeholder="badge"
            value={key.name}
            onChange={(event) => change(place, { name: event.currentTarget.value })}
          />
          <TextInput
            label="Where it stands"
            className="grow"
            placeholder="app_metadata.badge"
            value={key.path}
            onChange={(event) => change(place, { path: event.currentTarget.value })}
          />
          <Checkbox
            label="Only admins can set it"
            mb={8}
            checked={key.trusted}
            onChange={(event) => change(place, { trusted: event.currentTarget.checked })}
          />
          <Button
            variant="default"
            aria-label={`Remove ${key.name || 'this attribute'}`}
            onClick={() => setKeys(keys.filter((_, at) => at !== place))}
          >
            Remove
          </Button>
        </div>
      ))}
      <div>
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => setKeys([...keys, { name: '', path: '', trusted: false }])}
        >
          Add an attribute
        </Button>
      </div>
    </fieldset>
  )
}
