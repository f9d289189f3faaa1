import { Select, Textarea, TextInput } from '@mantine/core'
import type { JSX } from 'react'
import { inWords } from '../../../parts/attributes.tsx'
import { fieldsOf, requiredOf, sortOf, type WritableAction } from './wish.ts'

/** One field for each property of an action's input; what stays empty is not wished. */
export function InputFields({
  action,
  values,
  onChange,
}: {
  action: WritableAction
  values: Readonly<Record<string, string>>
  onChange: (name: string, value: string) => void
}): JSX.Element {
  const required = requiredOf(action)
  return (
    <>
      {fieldsOf(action).map(([name, schema]) => {
        const common = {
          label: schema.title ?? inWords(name),
          description: schema.description,
          required: required.includes(name),
          value: values[name] ?? '',
        }
        if (sortOf(schema) === 'flag')
          return (
            <Select
              key={name}
              {...common}
              placeholder={action.name.endsWith('.create') ? 'Not set' : 'Not changed'}
              clearable
              data={[
                { value: 'true', label: 'Yes' },
                { value: 'false', label: 'No' },
              ]}
              value={values[name] || null}
              onChange={(value) => onChange(name, value ?? '')}
            />
          )
        if (sortOf(schema) === 'text')
          return (
            <TextInput
              key={name}
              {...common}
              {...(schema.maxLength ? { maxLength: schema.maxLength } : {})}
              onChange={(event) => onChange(name, event.currentTarget.value)}
            />
          )
        return (
          <Textarea
            key={name}
            {...common}
            autosize
            minRows={2}
            placeholder={schema.type === 'array' ? '[ ]' : '{ }'}
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
            error={isJson(values[name] ?? '') ? null : 'This is not JSON yet.'}
            onChange={(event) => onChange(name, event.currentTarget.value)}
          />
        )
      })}
    </>
  )
}

export function isJson(text: string): boolean {
  if (text === '') return true
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
