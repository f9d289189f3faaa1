import { Button, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type JSX, useState } from 'react'
import { api, type Failure, failuresOf } from '../../../api.ts'
import { FailureNote } from '../../../parts/failure-note.tsx'
import type { NewOperationSearch } from '../../../search-params.ts'
import { to } from '../../../path-builder.ts'
import { Bulk } from './bulk.tsx'
import { InputFields, isJson } from './input-fields.tsx'
import { SubmitMutation } from './operation-query.ts'
import { TargetPicker } from './target-picker.tsx'
import {
  fieldsOf,
  requiredOf,
  targetsOf,
  valueOf,
  type Wish,
  type Writable,
  type WritableAction,
} from './wish.ts'

/** The wish itself. One key per opening of the form: a double click is one operation. */
export function WishForm({
  connection,
  action,
  way,
  isBlocked,
  given,
}: {
  connection: Writable
  action: WritableAction | null
  way: 'one' | 'file'
  isBlocked: boolean
  given: NewOperationSearch
}): JSX.Element {
  const navigate = useNavigate()
  const [key] = useState(() => crypto.randomUUID())
  const [ids, setIds] = useState<Readonly<Record<string, readonly string[]>>>(() => givenIds(given))
  const [values, setValues] = useState<Readonly<Record<string, string>>>({})
  const [reason, setReason] = useState('')
  const [fromFile, setFromFile] = useState<readonly Wish[] | null>(null)
  const [failures, setFailures] = useState<readonly Failure[]>([])
  const wishes = way === 'file' ? fromFile : action && wishOf(action, ids, values)
  const submit = useMutation({
    mutationFn: async (items: readonly Wish[]) =>
      (
        await api(SubmitMutation, {
          ...{ connectionId: connection.id, items: [...items], key },
          reason: reason.trim() === '' ? null : reason.trim(),
        })
      ).submitOperation,
    onSuccess(result) {
      if (result.__typename === 'Refusal') return setFailures(result.failures)
      void navigate(to.operation(result.id))
    },
    onError: (error) => setFailures(failuresOf(error)),
  })
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        if (wishes) submit.mutate(wishes)
      }}
    >
      {way === 'file' ? (
        <Bulk
          connectionId={connection.id}
          actions={connection.connector.actions}
          action={action}
          onWishes={setFromFile}
        />
      ) : (
        action && (
          <>
            {targetsOf(action).map((target) => (
              <TargetPicker
                key={target.name}
                target={target}
                connectionId={connection.id}
                value={ids[target.name] ?? []}
                onChange={(chosen) => setIds({ ...ids, [target.name]: chosen })}
              />
            ))}
            <InputFields
              action={action}
              values={values}
              onChange={(name, value) => setValues({ ...values, [name]: value })}
            />
          </>
        )
      )}
      <TextInput
        label="Reason"
        description="Kept with the operation and in the audit."
        maxLength={500}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      {failures.length > 0 && <FailureNote failures={failures} />}
      <Button
        type="submit"
        disabled={!wishes || isBlocked}
        loading={submit.isPending}
        style={{ alignSelf: 'start' }}
      >
        Make the plan
      </Button>
    </form>
  )
}

function givenIds({ user, role, organization }: NewOperationSearch): Record<string, string[]> {
  return {
    ...(user ? { user: [user] } : {}),
    ...(role ? { role: [role] } : {}),
    ...(organization ? { organization: [organization] } : {}),
  }
}

/** The wish as typed; null while something needed is missing. */
function wishOf(
  action: WritableAction,
  ids: Readonly<Record<string, readonly string[]>>,
  values: Readonly<Record<string, string>>,
): readonly Wish[] | null {
  const targets = targetsOf(action)
  if (targets.some(({ name }) => (ids[name] ?? []).length === 0)) return null
  const fields = fieldsOf(action)
  if (requiredOf(action).some((name) => (values[name] ?? '') === '')) return null
  const typed = fields.filter(([name]) => (values[name] ?? '') !== '')
  if (typed.some(([name, schema]) => schema.type !== 'string' && !isJsonOrText(schema, values[name]!)))
    return null
  const input = Object.fromEntries(typed.map(([name, schema]) => [name, valueOf(schema, values[name]!)]))
  const target = Object.fromEntries(targets.map(({ name }) => [name, [...(ids[name] ?? [])]]))
  return [{ action: action.name, target, input }]
}

function isJsonOrText(schema: Parameters<typeof valueOf>[0], typed: string): boolean {
  try {
    valueOf(schema, typed)
    return true
  } catch {
    return isJson(typed)
  }
}
