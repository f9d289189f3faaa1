import { Button, PasswordInput, TextInput } from '@mantine/core'
import { type FormEvent, type JSX, useState } from 'react'
import type { Failure } from '../api.ts'
import { FailureNote } from '../parts/failure-note.tsx'
import { OwlMark } from '../parts/owl-mark.tsx'
import { signIn, type SignInResult, verifyBackupCode, verifyCode } from '../session.ts'

/** E-mail and password, then the code of a second factor where there is one. Pasting is welcome. */
export function SignInForm({
  title,
  lead,
  email: known = '',
  done,
}: {
  title: string
  lead: string
  email?: string
  done: () => void
}): JSX.Element {
  const [email, setEmail] = useState(known)
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const [step, setStep] = useState<'password' | 'code' | 'backup'>('password')
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Failure | null>(null)

  async function submit(event: FormEvent) {
    event.preventDefault()
    setBusy(true)
    setFailure(null)
    const result: SignInResult =
      step === 'password'
        ? await signIn(email.trim(), password)
        : await (step === 'code' ? verifyCode : verifyBackupCode)(code.trim())
    setBusy(false)
    if ('secondFactor' in result) setStep('code')
    else if ('failure' in result) setFailure(result.failure)
    else done()
  }

  return (
    <form className="sign-in-box" onSubmit={(event) => void submit(event)} noValidate>
      <div className="sign-in-brand">
        <OwlMark size={44} />
        <div>
          <h1 style={{ margin: 0, fontSize: '1.25rem' }}>{title}</h1>
          <p className="quiet" style={{ margin: 0 }}>
            {lead}
          </p>
        </div>
      </div>
      <div className="sheet sheet-body stack">
        {step === 'password' ? (
          <>
            <TextInput
              label="E-mail"
              type="email"
              name="email"
              autoComplete="username"
              autoFocus={known === ''}
              value={email}
              onChange={(event) => setEmail(event.currentTarget.value)}
            />
            <PasswordInput
              label="Password"
              name="password"
              autoComplete="current-password"
              autoFocus={known !== ''}
              visibilityToggleButtonProps={{ 'aria-label': 'Show what you type' }}
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
          </>
        ) : (
          <TextInput
            label={step === 'code' ? 'Code from your authenticator app' : 'Backup code'}
            name="code"
            key={step}
            autoComplete="one-time-code"
            inputMode={step === 'code' ? 'numeric' : 'text'}
            autoFocus
            value={code}
            onChange={(event) => setCode(event.currentTarget.value)}
          />
        )}
        {failure && <FailureNote failures={[failure]} />}
        <Button type="submit" loading={busy}>
          Sign in
        </Button>
        {step !== 'password' && (
          <Button
            variant="subtle"
            size="compact-sm"
            onClick={() => {
              setStep(step === 'code' ? 'backup' : 'code')
              setCode('')
              setFailure(null)
            }}
          >
            {step === 'code' ? 'Use a backup code' : 'Use the authenticator app'}
          </Button>
        )}
      </div>
    </form>
  )
}
