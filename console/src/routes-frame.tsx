import { createRootRouteWithContext, createRoute, redirect } from '@tanstack/react-router'
import type { QueryClient } from '@tanstack/react-query'
import { ApiError } from './api.ts'
import { PageSkeleton } from './parts/page.tsx'
import { Broken } from './shell/broken.tsx'
import { Frame } from './shell/frame.tsx'
import { NotFound } from './shell/not-found.tsx'
import { Root } from './shell/root.tsx'
import { viewerQuery } from './viewer.ts'

/** What every page is within; the map itself is routes.tsx. */
export const root = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  component: Root,
  notFoundComponent: () => <NotFound />,
  errorComponent: Broken,
})

/** Everything else needs a sign-in, and has the frame around it. */
export const signedIn = createRoute({
  getParentRoute: () => root,
  id: 'signed-in',
  component: Frame,
  notFoundComponent: () => <NotFound />,
  errorComponent: Broken,
  pendingComponent: () => <PageSkeleton />,
  pendingMs: 50,
  async beforeLoad({ context, location }) {
    const viewer = await context.queryClient.ensureQueryData(viewerQuery).catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 401)
        throw redirect({ to: '/sign-in', search: location.href === '/' ? {} : { return: location.href } })
      throw error
    })
    // With a one-time password nothing else can be done yet.
    if (viewer.mustChangePassword && location.pathname !== '/account') throw redirect({ to: '/account' })
    return { viewer }
  },
})
