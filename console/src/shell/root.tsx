import { Outlet, useRouterState } from '@tanstack/react-router'
import { type JSX, useEffect, useRef } from 'react'

/** What every page has, signed in or not: the skip link, and focus that follows navigation. */
export function Root(): JSX.Element {
  const path = useRouterState({ select: ({ resolvedLocation }) => resolvedLocation?.pathname })
  const before = useRef<string | undefined>(undefined)
  useEffect(() => {
    if (before.current !== undefined && path !== before.current)
      document.getElementById('content')?.focus({ preventScroll: true })
    before.current = path
  }, [path])
  return (
    <>
      <a className="skip-link" href="#content">
        Skip to content
      </a>
      <Outlet />
    </>
  )
}
