import { Button, Checkbox, Select, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation, useQuery } from '@tanstack/react-query'
import { type JSX, useState } from 'react'
import { api, type Failure, failuresOf } from '../../../api.ts'
import { RefusalFields } from '../../../failure-fields.ts'
import { graphql } from '../../../graphql.ts'
import { FailureNote } from '../../../parts/failure-note.tsx'

const ScopesQuery = graphql(`
  query ApiKeyScopes {
    apiKeyScopes {
      name
      purpose
    }
  }
`)

const CreateMutation = graphql(
  `
    mutation CreateApiKey($input: CreateApiKeyInput!) {
      createApiKey(input: $input) {
        __typename
        ... on CreatedApiKey {
          key
          apiKey {
            id
            name
          }
        }
        ...RefusalFields
      }
    }
  `,
  [RefusalFields],
)

const lifetimes = [
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: '1 year' },
  { value: 'never', label: 'Does not expire' },
]

/** Name, scopes, lifetime. `done` gets the key, which is never to be had again. */
export function ApiKeyCreate({ done }: { done: (made: { name: string; key: string }) => void }): JSX.Element {
  const [failures, setFailures] = useState<readonly Failure[]>([])
  const scopes = useQuery({
    queryKey: ['api-key-scopes'],
    queryFn: async ({ signal }) => (await api(ScopesQuery, {}, signal)).apiKeyScopes,
    staleTime: Infinity,
  })
  const form = useForm({
    initialValues: { name: '', scopes: [] as string[], days: '90' },
    validate: {
      name: (name) => (name.trim() === '' ? 'Name the program that will use it.' : null),
      scopes: (chosen) => (chosen.length === 0 ? 'Choose at least one scope.' : null),
    },
    validateInputOnBlur: ['name'],
  })
  const create = useMutation({
    mutationFn: async (values: typeof form.values) =>
      (
        await api(CreateMutation, {
          input: {
            name: values.name.trim(),
            scopes: values.scopes,
            expiresInDays: values.days === 'never' ? null : Number(values.days),
          },
        })
      ).createApiKey,
    onSuccess(result) {
      if (result.__typename === 'CreatedApiKey') return done({ name: result.apiKey.name, key: result.key })
      setFailures(result.failures)
    },
    onError: (error) => setFailures(failuresOf(error)),
  })
  return (
    <form className="stack" noValidate onSubmit={form.onSubmit((values) => create.mutate(values))}>
      <TextInput label="Name" placeholder="Nightly export" data-autofocus {...form.getInputProps('name')} />
      <Checkbox.Group label="What the key may do" {...form.getInputProps('scopes')}>
        <div className="key-scopes">
          {scopes.data?.map(({ name, purpose }) => (
            <Checkbox
              key={name}
              value={name}
              label={purpose}
              description={<code className="mono">{name}</code>}
            />
          ))}
        </div>
      </Checkbox.Group>
      <Select label="Lives for" data={lifetimes} w={200} {...form.getInputProps('days')} />
      {failures.length > 0 && <FailureNote failures={failures} />}
      <div className="row" style={{ justifyContent: 'flex-end' }}>
        <Button type="submit" loading={create.isPending}>
          Create key
        </Button>
      </div>
    </form>
  )
}
