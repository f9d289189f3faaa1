import { useQueryClient } from '@tanstack/react-query'
import type { JSX } from 'react'
import { SignInForm } from '../pages/sign-in-form.tsx'
import { useViewer } from '../viewer.ts'

/** Laid over the page when the session has ended: after it, everything is where it was, also what was typed. */
export function SignInAgain(): JSX.Element {
  const viewer = useViewer()
  const queries = useQueryClient()
  return (
    <div className="sign-in sign-in-over" role="dialog" aria-modal="true" aria-label="Sign in again">
      <SignInForm
        title="Your session has ended"
        lead="Sign in again to go on where you were. Nothing you typed is lost."
        email={viewer.email ?? ''}
        done={() => void queries.invalidateQueries()}
      />
    </div>
  )
}
