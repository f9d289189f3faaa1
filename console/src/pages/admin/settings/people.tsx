import { Button, Modal } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { IconUserPlus } from '@tabler/icons-react'
import { type JSX, useState } from 'react'
import { api } from '../../../api.ts'
import { CopyButton } from '../../../parts/copy-button.tsx'
import { type Column, DataTable } from '../../../parts/data-table.tsx'
import { Page } from '../../../parts/page.tsx'
import { SameElsewhere, Snippet } from '../../../parts/snippet.tsx'
import { ToneIcon, Word } from '../../../parts/word.tsx'
import { When } from '../../../parts/when.tsx'
import { useViewer } from '../../../viewer.ts'
import { PersonCreate } from './person-create.tsx'
import { PersonMenu } from './person-menu.tsx'
import { PeopleQuery, type Person } from './people-query.ts'

/** Who may use Owlie, and as what. */
export function PeoplePage(): JSX.Element {
  const viewer = useViewer()
  const may = viewer.actions.includes('operator.write')
  const [creating, setCreating] = useState(false)
  const [issued, setIssued] = useState<{ person: Person; password: string } | null>(null)
  const queries = useQueryClient()
  const people = useQuery({
    queryKey: ['people'],
    queryFn: async ({ signal }) => (await api(PeopleQuery, {}, signal)).operators,
  })
  const changed = () => void queries.invalidateQueries({ queryKey: ['people'] })
  const columns: readonly Column<Person>[] = [
    {
      name: 'Who',
      width: '34%',
      cell: ({ name, email, isViewer }) => (
        <>
          {name} {isViewer && <span className="faint">(you)</span>}
          <div className="faint">{email}</div>
        </>
      ),
    },
    { name: 'Role', cell: ({ role }) => <span style={{ whiteSpace: 'nowrap' }}>{role}</span> },
    { name: 'State', cell: (person) => <State person={person} /> },
    {
      name: 'Second factor',
      hideBelow: 720,
      cell: ({ secondFactor }) => (secondFactor ? <Word tone="ok">On</Word> : <Word tone="idle">Off</Word>),
    },
    {
      name: 'Last sign-in',
      hideBelow: 1000,
      cell: ({ signedInAt }) =>
        signedInAt ? <When at={signedInAt} /> : <span className="faint">never</span>,
    },
    ...(may
      ? [
          {
            name: 'Action',
            cell: (person: Person) => (
              <PersonMenu
                person={person}
                changed={changed}
                issue={(password) => {
                  setIssued({ person, password })
                  changed()
                }}
              />
            ),
          },
        ]
      : []),
  ]
  return (
    <Page
      title="People"
      lead="Who may use Owlie: admins configure and change, auditors read, requesters ask for access."
      actions={
        may && (
          <Button leftSection={<IconUserPlus size={16} />} onClick={() => setCreating(true)}>
            Add someone
          </Button>
        )
      }
    >
      <div className="stack-l">
        {issued && <Issued {...issued} close={() => setIssued(null)} />}
        {may && people.data && <OneAdmin people={people.data} />}
        <div className="sheet">
          <DataTable
            caption="People who may use Owlie"
            columns={columns}
            rows={people.data}
            rowKey={({ id }) => id}
            error={people.error}
            retry={() => void people.refetch()}
            skeletonRows={3}
            empty={null}
          />
        </div>
      </div>
      <Modal opened={creating} onClose={() => setCreating(false)} title="Add someone">
        <PersonCreate
          done={(person, password) => {
            setCreating(false)
            setIssued({ person, password })
            changed()
          }}
        />
      </Modal>
      <SameElsewhere
        cli="owlie operator list"
        graphql="query { operators { email name role signedInAt secondFactor disabledAt oneTimeUntil } }"
      />
    </Page>
  )
}

function State({ person }: { person: Person }): JSX.Element {
  if (person.disabledAt) return <Word tone="bad">Disabled</Word>
  if (!person.oneTimeUntil) return <Word tone="ok">Active</Word>
  const over = new Date(person.oneTimeUntil) < new Date()
  return over ? <Word tone="warn">One-time password over</Word> : <Word tone="wait">One-time password</Word>
}

/** With one admin alone, what takes two people cannot be done, and a lost password locks everybody out. */
function OneAdmin({ people }: { people: readonly Person[] }): JSX.Element | null {
  const admins = people.filter(({ role, disabledAt }) => role === 'admin' && !disabledAt)
  if (admins.length > 1) return null
  return (
    <div className="note" data-tone="info">
      <ToneIcon tone="info" size={18} />
      <div>
        There is one admin. Releasing what the mass-change guard stopped takes two people; add a second admin,
        who chooses a password only they know.
      </div>
    </div>
  )
}

function Issued({
  person,
  password,
  close,
}: {
  person: Person
  password: string
  close: () => void
}): JSX.Element {
  const address = `${window.location.origin}/sign-in`
  return (
    <section className="sheet sheet-body stack" aria-label="The one-time password">
      <p style={{ margin: 0 }}>
        <b>{person.name}</b> signs in at <code className="mono">{address}</code> as{' '}
        <code className="mono">{person.email}</code> with this one-time password, within a week, and then
        chooses their own. It is shown this one time; give it to them in person or over another channel than
        the address.
      </p>
      <Snippet text={password} label="the one-time password" />
      <div className="row">
        <CopyButton text={`Sign in to Owlie at ${address} as ${person.email}.`}>Copy the address</CopyButton>
        <Button variant="default" size="compact-sm" onClick={close}>
          I have passed it on
        </Button>
      </div>
    </section>
  )
}
