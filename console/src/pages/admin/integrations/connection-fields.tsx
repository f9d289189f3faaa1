import { Button, TextInput } from '@mantine/core'
import type { ClipboardEvent, JSX } from 'react'
import { api, type Failure } from '../../../api.ts'
import type { ConnectionForm } from './connection-form.ts'
import type { ConnectionWork } from './connection-work.ts'
import { KeyField, KeyOffer } from './key-field.tsx'
import { readPasted } from './pasted-values.ts'
import { ScopesField } from './scopes-field.tsx'
import { SecretField } from './secret-field.tsx'
import { CheckQuery, type Connection, type Connector, type Field } from './setup-query.ts'

/** The connector's fields, in its order and with its labels. */
export function ConnectionFields({
  connector,
  connection,
  form,
  work,
}: {
  connector: Connector
  connection: Connection | null
  form: ConnectionForm
  work: ConnectionWork
}): JSX.Element {
  return (
    <>
      {connector.fields.map((field) => (
        <OneField key={field.name} {...{ field, connector, connection, form, work }} />
      ))}
    </>
  )
}

interface FieldProps {
  readonly field: Field
  readonly connector: Connector
  readonly connection: Connection | null
  readonly form: ConnectionForm
  readonly work: ConnectionWork
}

function OneField({ field, connector, connection, form, work }: FieldProps): JSX.Element {
  const failure = form.problems[field.name]
  const error = failure && (
    <Problem
      failure={failure}
      take={(value) => {
        form.setConfig(field.name, value, true)
      }}
    />
  )
  const onBlur = () => void checkOnBlur(connector, field, form)
  if (field.input === 'secret') return <Secret {...{ field, connector, connection, form, work, error }} />
  const value = form.config[field.name] ?? ''
  const onPaste = (event: ClipboardEvent<HTMLInputElement | HTMLTextAreaElement>) =>
    paste(event, field, connector, form, (text) => form.setConfig(field.name, text))
  if (field.input === 'scopes')
    return (
      <ScopesField
        {...{ connector, field, value, error, onBlur, onPaste }}
        onChange={(text) => form.setConfig(field.name, text)}
      />
    )
  return (
    <div>
      <TextInput
        label={field.label}
        description={field.hint}
        inputWrapperOrder={['label', 'input', 'error', 'description']}
        name={field.name}
        required={field.required}
        withAsterisk={false}
        placeholder={field.placeholder ?? undefined}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        value={value}
        error={error}
        onChange={(event) => form.setConfig(field.name, event.currentTarget.value)}
        onBlur={onBlur}
        onPaste={onPaste}
      />
      <Note text={form.notes[field.name]} />
    </div>
  )
}

function Secret({
  field,
  connector,
  connection,
  form,
  work,
  error,
}: FieldProps & { error: JSX.Element | undefined }): JSX.Element {
  const inUse = connection?.secrets.find((secret) => secret.field === field.keyPair && secret.configured)
  // A key pair stands here: one that was chosen, or the one in use, unless a secret shall take its place.
  if (form.key || (inUse && !form.rebound && !form.replacing))
    return (
      <KeyField
        label="Key pair"
        connector={connector}
        connection={connection}
        inUse={form.rebound ? null : (inUse ?? null)}
        form={form}
        work={work}
        error={error}
      />
    )
  const status =
    connection?.secrets.find((secret) => secret.field === field.name && secret.configured) ?? null
  const dropped = status !== null && form.rebound
  const binding = connector.fields.filter(({ bindsSecrets }) => bindsSecrets).map(({ label }) => label)
  const stored = form.rebound ? null : status
  return (
    <div>
      <SecretField
        field={field}
        stored={stored}
        replacing={form.replacing}
        value={form.secrets[field.name] ?? ''}
        note={
          form.notes[field.name] ??
          (dropped && !form.secrets[field.name]
            ? `Cleared, because ${binding.join(' or ')} changed: a stored secret is never sent to another place. Enter the secret that belongs there, or change back.`
            : null)
        }
        error={error}
        onChange={(value) => form.setSecret(field.name, value)}
        onBlur={() => {
          const typed = form.secrets[field.name] ?? ''
          if (typed.trim() === typed) return
          form.setSecret(field.name, typed.trim())
          form.note(field.name, 'Spaces around the value were removed.')
        }}
        onPaste={(event) => paste(event, field, connector, form, (text) => form.setSecret(field.name, text))}
        replace={() => form.setReplacing(true)}
        keep={() => {
          form.setReplacing(false)
          form.setSecret(field.name, '')
        }}
      />
      {(!stored || form.replacing) && (
        <KeyOffer
          {...{ field, connector, connection, form, work }}
          hasCredential={Boolean(stored ?? inUse)}
        />
      )}
    </div>
  )
}

/** What is wrong, what to do, and where there is a corrected value, one click to take it. */
function Problem({ failure, take }: { failure: Failure; take: (value: string) => void }): JSX.Element {
  return (
    <span className="problem">
      <span>
        {failure.message} {failure.suggestion ? '' : failure.remedy}
      </span>
      {failure.suggestion && (
        <Button size="compact-xs" variant="default" onClick={() => take(failure.suggestion!)}>
          Use {failure.suggestion}
        </Button>
      )}
    </span>
  )
}

function Note({ text }: { text: string | undefined }): JSX.Element | null {
  return text === undefined ? null : (
    <p className="field-note" role="status">
      {text}
    </p>
  )
}

/** Asks the server, which owns the rules; no request leaves it for this. An empty field is not scolded on the way. */
async function checkOnBlur(connector: Connector, field: Field, form: ConnectionForm): Promise<void> {
  const typed = form.config[field.name] ?? ''
  if (typed.trim() === '') return
  if (field.input === 'text' && typed.trim() !== typed) {
    form.setConfig(field.name, typed.trim(), true)
    form.note(field.name, 'Spaces around the value were removed.')
  }
  const { config } = form.entered()
  const advice = await api(CheckQuery, { connector: connector.name, config: [...config] }).catch(() => null)
  if (!advice) return // nothing is lost: the same check is made again on test and on save
  const failure = advice.configAdvice.failures.find((each) => each.field === field.name)
  form.setProblem(field.name, failure ?? null)
}

/** A pasted block fills all it holds; a pasted value loses the blanks around it, and says so. */
function paste(
  event: ClipboardEvent<HTMLInputElement | HTMLTextAreaElement>,
  field: Field,
  connector: Connector,
  form: ConnectionForm,
  set: (value: string) => void,
): void {
  const text = event.clipboardData.getData('text')
  const block = readPasted(text)
  if (block) {
    event.preventDefault()
    const values = block as Readonly<Record<string, string>>
    const filled = connector.fields.filter(({ name }) => values[name] !== undefined)
    const config = { ...form.config, ...values }
    for (const each of filled) {
      if (each.input === 'secret') form.setSecret(each.name, values[each.name]!, config)
      else form.setConfig(each.name, values[each.name]!, true)
    }
    form.note(field.name, `Filled ${filled.map(({ label }) => label).join(', ')} from what you pasted.`)
    return
  }
  const input = event.currentTarget
  const replacesAll = input.selectionStart === 0 && input.selectionEnd === input.value.length
  if (text.trim() === text || !replacesAll || field.input === 'scopes') return
  event.preventDefault()
  set(text.trim())
  form.note(field.name, 'Spaces around the value were removed.')
}
