import { Button, Input, PasswordInput } from '@mantine/core'
import type { ClipboardEvent, JSX, ReactNode } from 'react'
import { When } from '../../../parts/when.tsx'
import type { Connection, Field } from './setup-query.ts'

/** Write-only. What is stored is never here: only that it is, its last four characters, since when and by whom. */
export function SecretField({
  field,
  stored,
  replacing,
  value,
  note,
  error,
  onChange,
  onBlur,
  onPaste,
  replace,
  keep,
}: {
  field: Field
  /** The stored secret that still applies; null when there is none, or domain or client id were changed. */
  stored: Connection['secrets'][number] | null
  replacing: boolean
  value: string
  note: string | null
  error: ReactNode
  onChange: (value: string) => void
  onBlur: () => void
  onPaste: (event: ClipboardEvent<HTMLInputElement>) => void
  replace: () => void
  keep: () => void
}): JSX.Element {
  if (stored && !replacing)
    return (
      <Input.Wrapper label={field.label} labelElement="div" error={error}>
        <div className="secret-kept">
          <span>
            configured
            {stored.lastFour && (
              <>
                {' '}
                · ends <code className="mono">…{stored.lastFour}</code>
              </>
            )}
            {stored.setBy && <> · set by {stored.setBy}</>}
            {stored.setAt && (
              <>
                , <When at={stored.setAt} />
              </>
            )}
          </span>
          <Button size="compact-xs" variant="default" onClick={replace}>
            Replace
          </Button>
        </div>
      </Input.Wrapper>
    )
  return (
    <div>
      <PasswordInput
        label={field.label}
        description={field.hint}
        inputWrapperOrder={['label', 'input', 'error', 'description']}
        name={`${field.name}-write-only`}
        required={field.required}
        withAsterisk={false}
        autoComplete="new-password"
        data-1p-ignore
        data-lpignore="true"
        spellCheck={false}
        visibilityToggleButtonProps={{ 'aria-label': 'Show what you type' }}
        value={value}
        error={error}
        onChange={(event) => onChange(event.currentTarget.value)}
        onBlur={onBlur}
        onPaste={onPaste}
      />
      {note && (
        <p className="field-note" role="status">
          {note}
        </p>
      )}
      {stored && replacing && (
        <Button size="compact-xs" variant="subtle" mt={4} onClick={keep}>
          Keep the stored one
        </Button>
      )}
    </div>
  )
}
