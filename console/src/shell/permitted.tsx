import type { AsyncRouteComponent } from '@tanstack/react-router'
import type { JSX } from 'react'
import { useViewer } from '../viewer.ts'
import { Forbidden } from './forbidden.tsx'

/** The page for a viewer who may do `action`, and a page that says who may for everyone else. */
export function permitted(action: string, Inner: AsyncRouteComponent<unknown>): AsyncRouteComponent<unknown> {
  function Permitted(): JSX.Element {
    const viewer = useViewer()
    return viewer.actions.includes(action) ? <Inner /> : <Forbidden action={action} />
  }
  return Object.assign(Permitted, { preload: Inner.preload })
}
