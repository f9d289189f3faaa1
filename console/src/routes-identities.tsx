import { createRoute } from '@tanstack/react-router'
import { signedIn } from './routes-frame.tsx'
import { identitySearch, listSearch, orphanSearch } from './search-params.ts'
import { lazyPage } from './shell/lazy-page.ts'
import { permitted } from './shell/permitted.tsx'

/** The part of the map about identities. */
const identities = createRoute({
  getParentRoute: () => signedIn,
  path: '/admin/identities',
  validateSearch: identitySearch,
  component: permitted(
    'identity.read',
    lazyPage(() => import('./pages/admin/identities/list.tsx'), 'IdentitiesPage'),
  ),
})

const identity = createRoute({
  getParentRoute: () => signedIn,
  path: '/admin/identities/$id',
  component: permitted(
    'identity.read',
    lazyPage(() => import('./pages/admin/identities/identity.tsx'), 'IdentityPage'),
  ),
})

const identityReview = createRoute({
  getParentRoute: () => signedIn,
  path: '/admin/identities/review',
  validateSearch: listSearch,
  component: permitted(
    'identity.read',
    lazyPage(() => import('./pages/admin/identities/review.tsx'), 'ReviewPage'),
  ),
})

const orphans = createRoute({
  getParentRoute: () => signedIn,
  path: '/admin/identities/orphans',
  validateSearch: orphanSearch,
  component: permitted(
    'identity.read',
    lazyPage(() => import('./pages/admin/identities/orphans.tsx'), 'OrphansPage'),
  ),
})

const identitySettings = createRoute({
  getParentRoute: () => signedIn,
  path: '/admin/settings/identities',
  component: permitted(
    'identity.read',
    lazyPage(() => import('./pages/admin/settings/identities.tsx'), 'IdentitySettingsPage'),
  ),
})

export const identityRoutes = [identities, identity, identityReview, orphans, identitySettings] as const
