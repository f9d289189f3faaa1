import { Button, Radio, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation } from '@tanstack/react-query'
import { type JSX, useState } from 'react'
import { api, type Failure, failuresOf } from '../../../api.ts'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { CreatePersonMutation, type Person, type Role, roles } from './people-query.ts'

/** Address, name, role. `done` gets the one-time password, which is never to be had again. */
export function PersonCreate({ done }: { done: (person: Person, password: string) => void }): JSX.Element {
  const [failures, setFailures] = useState<readonly Failure[]>([])
  const form = useForm<{ email: string; name: string; role: Role }>({
    initialValues: { email: '', name: '', role: 'admin' },
  })
  const create = useMutation({
    mutationFn: async (input: typeof form.values) =>
      (await api(CreatePersonMutation, { input })).createOperator,
    onSuccess(result) {
      if (result.__typename === 'IssuedPassword') return done(result.operator, result.oneTimePassword)
      const fields = ['email', 'name']
      for (const { field, message, remedy } of result.failures)
        if (field && fields.includes(field)) form.setFieldError(field, `${message} ${remedy}`)
      setFailures(result.failures.filter(({ field }) => !field || !fields.includes(field)))
    },
    onError: (error) => setFailures(failuresOf(error)),
  })
  return (
    <form className="stack" noValidate onSubmit={form.onSubmit((values) => create.mutate(values))}>
      <TextInput
        label="E-mail"
        type="email"
        autoComplete="off"
        data-autofocus
        {...form.getInputProps('email')}
      />
      <TextInput label="Name" autoComplete="off" {...form.getInputProps('name')} />
      <Radio.Group label="Role" {...form.getInputProps('role')}>
        <div className="stack" style={{ gap: 8, marginTop: 6 }}>
          {roles.map(({ value, label, words }) => (
            <Radio key={value} value={value} label={label} description={words} />
          ))}
        </div>
      </Radio.Group>
      {failures.length > 0 && <FailureNote failures={failures} />}
      <div className="row" style={{ justifyContent: 'space-between' }}>
        <span className="faint" style={{ flex: '1 1 200px' }}>
          They get a one-time password and choose their own.
        </span>
        <Button type="submit" loading={create.isPending}>
          Add
        </Button>
      </div>
    </form>
  )
}
