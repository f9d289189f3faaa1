import { Button, PasswordInput, TextInput } from '@mantine/core'
import { type FormEvent, type JSX, useState } from 'react'
import type { Failure } from '../api.ts'

/** The password once more, for what takes it. */
export function PasswordStep({
  action,
  danger = false,
  run,
  cancel,
}: {
  action: string
  danger?: boolean
  run: (password: string) => Promise<Failure | null>
  cancel: () => void
}): JSX.Element {
  return (
    <ValueStep
      {...{ action, danger, run, cancel }}
      label="Your password"
      input={(props) => (
        <PasswordInput
          {...props}
          autoComplete="current-password"
          visibilityToggleButtonProps={{ 'aria-label': 'Show what you type' }}
        />
      )}
    />
  )
}

/** The code the app shows, for what takes it. */
export function CodeStep({
  action,
  run,
  cancel,
}: {
  action: string
  run: (code: string) => Promise<Failure | null>
  cancel: () => void
}): JSX.Element {
  return (
    <ValueStep
      {...{ action, run, cancel }}
      label="Code from your authenticator app"
      input={(props) => <TextInput {...props} autoComplete="one-time-code" inputMode="numeric" />}
    />
  )
}

interface InputProps {
  readonly label: string
  readonly value: string
  readonly error: string | null
  readonly onChange: (event: { currentTarget: { value: string } }) => void
}

function ValueStep({
  label,
  input,
  action,
  danger = false,
  run,
  cancel,
}: {
  label: string
  input: (props: InputProps) => JSX.Element
  action: string
  danger?: boolean
  run: (value: string) => Promise<Failure | null>
  cancel: () => void
}): JSX.Element {
  const [value, setValue] = useState('')
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Failure | null>(null)
  async function submit(event: FormEvent) {
    event.preventDefault()
    setBusy(true)
    const refused = await run(value.trim())
    setBusy(false)
    setFailure(refused)
  }
  return (
    <form className="stack own-form" onSubmit={(event) => void submit(event)} noValidate>
      {input({
        label,
        value,
        error: failure && `${failure.message} ${failure.remedy}`,
        onChange: (event) => setValue(event.currentTarget.value),
      })}
      <div className="row">
        <Button type="submit" loading={busy} disabled={value === ''} {...(danger ? { color: 'red.8' } : {})}>
          {action}
        </Button>
        <Button variant="default" onClick={cancel}>
          Cancel
        </Button>
      </div>
    </form>
  )
}
