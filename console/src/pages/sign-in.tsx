import { useQueryClient } from '@tanstack/react-query'
import { useRouter, useSearch } from '@tanstack/react-router'
import { type JSX, useEffect } from 'react'
import { SignInForm } from './sign-in-form.tsx'

export function SignInPage(): JSX.Element {
  const search = useSearch({ from: '/sign-in' })
  const router = useRouter()
  const queries = useQueryClient()
  useEffect(() => {
    document.title = 'Sign in · Owlie'
  }, [])
  return (
    <main id="content" className="sign-in" tabIndex={-1} style={{ outline: 'none' }}>
      <SignInForm
        title="Sign in to Owlie"
        lead="Who has what, and why."
        done={() => {
          queries.clear()
          router.history.push(search.return ?? '/')
        }}
      />
    </main>
  )
}
