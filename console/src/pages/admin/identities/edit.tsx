import { Button, Select, TextInput } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { type JSX, useState } from 'react'
import { api, type Failure } from '../../../api.ts'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { to } from '../../../path-builder.ts'
import { CreateMutation, EditMutation, useDecision } from './identity-query.ts'

/** The attributes an admin can enter, as the server names them. */
const fields = [
  ['display_name', 'Name'],
  ['email', 'E-mail'],
  ['given_name', 'Given name'],
  ['family_name', 'Family name'],
  ['title', 'Title'],
  ['department', 'Department'],
  ['manager', 'Manager'],
  ['employee_id', 'Employee number'],
  ['phone', 'Phone'],
  ['location', 'Location'],
] as const

type Kind = 'person' | 'machine'
type Status = 'active' | 'disabled'
type Values = Readonly<Record<string, string>>

export function CreateIdentity({ close }: { close: () => void }): JSX.Element {
  const navigate = useNavigate()
  const { decide, failures } = useDecision()
  const [kind, setKind] = useState<Kind>('person')
  const [values, setValues] = useState<Values>({})
  const save = () =>
    decide.mutate({
      said: `${values['display_name'] ?? 'The identity'} is made.`,
      send: async () => {
        const sent = await api(CreateMutation, { kind, values: entered(values) })
        if (sent.createIdentity.__typename === 'Identity') void navigate(to.identity(sent.createIdentity.id))
        return sent.createIdentity
      },
      then: close,
    })
  return (
    <Form
      {...{ kind, setKind, values, setValues, failures, close, save }}
      isBusy={decide.isPending}
      word="Create identity"
    />
  )
}

export interface Edited {
  readonly id: string
  readonly version: number
  readonly displayName: string
  readonly kind: Kind
  readonly status: Status
  readonly manual: Values
  /** What counts now, for the fields nothing was entered in. */
  readonly profile: Values
}

/** Only what is entered here is entered: an empty field takes what the connected systems say. */
export function EditIdentity({ identity, close }: { identity: Edited; close: () => void }): JSX.Element {
  const { decide, failures } = useDecision()
  const [kind, setKind] = useState<Kind>(identity.kind)
  const [status, setStatus] = useState<Status>(identity.status)
  const [values, setValues] = useState<Values>(identity.manual)
  const save = () =>
    decide.mutate({
      said: `${identity.displayName} is saved.`,
      send: async () => {
        const { id, version } = identity
        return (await api(EditMutation, { id, version, kind, status, values: entered(values) })).editIdentity
      },
      then: close,
    })
  return (
    <Form
      {...{ kind, setKind, status, setStatus, values, setValues, failures, close, save }}
      hints={identity.profile}
      isBusy={decide.isPending}
      word="Save"
    />
  )
}

function entered(values: Values) {
  return fields.map(([name]) => ({ name, value: values[name] ?? '' }))
}

function Form({
  kind,
  setKind,
  status,
  setStatus,
  values,
  setValues,
  hints = {},
  failures,
  isBusy,
  word,
  save,
  close,
}: {
  kind: Kind
  setKind: (kind: Kind) => void
  status?: Status
  setStatus?: (status: Status) => void
  values: Values
  setValues: (values: Values) => void
  hints?: Values
  failures: readonly Failure[]
  isBusy: boolean
  word: string
  save: () => void
  close: () => void
}): JSX.Element {
  const own = (name: string) => failures.find(({ field }) => field === name)?.message
  const others = failures.filter(({ field }) => !fields.some(([name]) => name === field))
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        save()
      }}
    >
      <div className="halves" style={{ gap: 12 }}>
        <Select
          label="Kind"
          allowDeselect={false}
          value={kind}
          onChange={(value) => setKind(value as Kind)}
          data={[
            { value: 'person', label: 'Person' },
            { value: 'machine', label: 'Machine' },
          ]}
        />
        {status && setStatus && (
          <Select
            label="Status"
            allowDeselect={false}
            value={status}
            onChange={(value) => setStatus(value as Status)}
            data={[
              { value: 'active', label: 'Active' },
              { value: 'disabled', label: 'Disabled: matches nothing any more without asking' },
            ]}
          />
        )}
        {fields.map(([name, label]) => (
          <TextInput
            key={name}
            label={label}
            value={values[name] ?? ''}
            placeholder={hints[name] ?? ''}
            error={own(name)}
            onChange={(event) => setValues({ ...values, [name]: event.currentTarget.value })}
          />
        ))}
      </div>
      <p className="quiet" style={{ margin: 0 }}>
        An empty field takes what the connected systems say. What counts first is set per attribute.
      </p>
      {others.length > 0 && <FailureNote failures={others} />}
      <div className="row" style={{ justifyContent: 'flex-end' }}>
        <Button variant="default" onClick={close}>
          Cancel
        </Button>
        <Button type="submit" loading={isBusy}>
          {word}
        </Button>
      </div>
    </form>
  )
}
