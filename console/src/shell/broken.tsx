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
      // A page whose code could not be fetched can only be had by loading anew.
      void fetch('/healthz').then(
        ({ ok }) => ok && window.location.reload(),
        () => undefined,
      )
    }, 2_000)
    return () => clearInterval(timer)
  }, [away])
  const retry = () => {
    if (away) return window.location.reload()
    reset()
    void router.invalidate()
  }
  return (
    <Page title={away ? 'Owlie is not reachable' : 'This page could not be shown'}>
      <FailureNote failures={failuresOf(error)} retry={retry} />
    </Page>
  )
}
