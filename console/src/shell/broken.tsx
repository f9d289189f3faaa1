import { useQueryErrorResetBoundary } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { type JSX, useEffect } from 'react'
import { failuresOf, isUnreachable } from '../api.ts'
import { FailureNote } from '../parts/failure-note.tsx'
import { Page } from '../parts/page.tsx'

/** A page that could not be shown at all. When the server is only away, it comes back by itself. */
export function Broken({ error }: { error: unknown }): JSX.Element {
  const router = useRouter()
  const { reset } = useQueryErrorResetBoundary()
  const away = isUnreachable(error)
  useEffect(() => {
    if (!away) return
    const timer = setInterval(() => {
      reset()
      void router.invalidate()
    }, 2_000)
    return () => clearInterval(timer)
  }, [away, reset, router])
  const retry = () => {
    reset()
    void router.invalidate()
  }
  return (
    <Page title={away ? 'Owlie is not reachable' : 'This page could not be shown'}>
      <FailureNote failures={failuresOf(error)} retry={retry} />
    </Page>
  )
}
