import { type AsyncRouteComponent, lazyRouteComponent } from '@tanstack/react-router'
import type { JSX } from 'react'
import { ApiError, unreachable } from '../api.ts'

/** A page whose code is fetched when it is first wanted. Code that cannot be had is a server that does not answer. */
export function lazyPage<Name extends string>(
  importer: () => Promise<Record<Name, () => JSX.Element>>,
  name: Name,
): AsyncRouteComponent<unknown> {
  return lazyRouteComponent(
    () =>
      importer().catch(() => {
        throw new ApiError([unreachable], 0)
      }),
    name,
  )
}
