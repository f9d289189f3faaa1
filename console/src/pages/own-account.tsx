import { Button, PasswordInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { type FormEvent, type JSX, useState } from 'react'
import { api, type Failure } from '../api.ts'
import { graphql } from '../graphql.ts'
import { FailureNote } from '../parts/failure-note.tsx'
import { Page, Sheet } from '../parts/page.tsx'
import { ToneIcon } from '../parts/word.tsx'
import { changePassword, endOtherSessions } from '../session.ts'
import { useViewer } from '../viewer.ts'
import './own-account.css'
import { SecondFactorSheet } from './second-factor.tsx'

const OwnQuery = graphql(`
  query OwnAccount {
    viewer {
      id
      secondFactor
    }
  }
`)

/** One's own sign-in: the password, the second factor, and being signed in elsewhere. */
export function OwnAccountPage(): JSX.Element {
  const viewer = useViewer()
  const own = useQuery({
    queryKey: ['own-account'],
    queryFn: async ({ signal }) => (await api(OwnQuery, {}, signal)).viewer,
  })
  return (
    <Page title="Password and second factor" lead={viewer.email}>
      <div className="stack-l">
        {viewer.mustChangePassword && (
          <div className="note" data-tone="warn">
            <ToneIcon tone="warn" size={18} />
            <div>
              You came in with a one-time password that somebody else has seen. Choose one of your own; then
              you can go on.
            </div>
          </div>
        )}
        <Password oneTime={viewer.mustChangePassword} />
        {!viewer.mustChangePassword && (
          <>
            <SecondFactorSheet on={own.data?.secondFactor} changed={() => void own.refetch()} />
            <Elsewhere />
          </>
        )}
      </div>
    </Page>
  )
}

function Password({ oneTime }: { oneTime: boolean }): JSX.Element {
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Failure | null>(null)
  const queries = useQueryClient()
  const router = useRouter()
  const beside = (field: string) => (failure?.field === field ? `${failure.message} ${failure.remedy}` : null)

  async function submit(event: FormEvent) {
    event.preventDefault()
    setBusy(true)
    setFailure(null)
    const result = await changePassword(current, next)
    setBusy(false)
    if ('failure' in result) return setFailure(result.failure)
    setCurrent('')
    setNext('')
    notifications.show({ message: 'Your password is changed. Everywhere else you are signed out.' })
    await queries.invalidateQueries({ queryKey: ['viewer'] })
    if (oneTime) {
      queries.clear()
      router.history.push('/')
    }
  }

  return (
    <Sheet title="Password">
      <form className="stack own-form" onSubmit={(event) => void submit(event)} noValidate>
        <PasswordInput
          label={oneTime ? 'One-time password' : 'Current password'}
          name="current-password"
          autoComplete="current-password"
          visibilityToggleButtonProps={{ 'aria-label': 'Show what you type' }}
          value={current}
          error={beside('currentPassword')}
          onChange={(event) => setCurrent(event.currentTarget.value)}
        />
        <PasswordInput
          label="New password"
          name="new-password"
          description="12 characters or more; four random words are good and easy to keep."
          inputWrapperOrder={['label', 'input', 'error', 'description']}
          autoComplete="new-password"
          visibilityToggleButtonProps={{ 'aria-label': 'Show the new password' }}
          value={next}
          error={beside('newPassword')}
          onChange={(event) => setNext(event.currentTarget.value)}
        />
        {failure && !beside('currentPassword') && !beside('newPassword') && (
          <FailureNote failures={[failure]} />
        )}
        <div>
          <Button type="submit" loading={busy} disabled={current === '' || next === ''}>
            Change password
          </Button>
        </div>
      </form>
    </Sheet>
  )
}

function Elsewhere(): JSX.Element {
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Failure | null>(null)
  async function end() {
    setBusy(true)
    const result = await endOtherSessions()
    setBusy(false)
    if ('failure' in result) setFailure(result.failure)
    else notifications.show({ message: 'Everywhere else you are signed out.' })
  }
  return (
    <Sheet title="Signed in elsewhere">
      <div className="row" style={{ justifyContent: 'space-between' }}>
        <span className="quiet" style={{ flex: '1 1 260px' }}>
          A forgotten browser, a lost machine: ends every session but this one.
        </span>
        <Button variant="default" loading={busy} onClick={() => void end()}>
          Sign out everywhere else
        </Button>
      </div>
      {failure && <FailureNote failures={[failure]} />}
    </Sheet>
  )
}
