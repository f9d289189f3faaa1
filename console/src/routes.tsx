import { createRoute, redirect } from '@tanstack/react-router'
import { root, signedIn } from './routes-frame.tsx'
import { identityRoutes } from './routes-identities.tsx'
import {
  accountSearch,
  connectionSearch,
  driftSearch,
  listSearch,
  runSearch,
  runsSearch,
  setupSearch,
  signInSearch,
  newOperationSearch,
  operationsSearch,
  staleSearch,
} from './search-params.ts'
import { lazyPage } from './shell/lazy-page.ts'
import { NotFound } from './shell/not-found.tsx'
import { permitted } from './shell/permitted.tsx'

/**
 * The map. `permitted(action, page)` shows the page only to a viewer who may do that (the server decides again); the
 * names of actions are the server's (`viewer.actions`).
 */
const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: signInSearch,
  component: lazyPage(() => import('./pages/sign-in.tsx'), 'SignInPage'),
})

const home = createRoute({
  getParentRoute: () => signedIn,
  path: '/',
  beforeLoad({ context }) {
    if (context.viewer.actions.includes('inventory.read')) throw redirect({ to: '/admin' })
  },
  component: lazyPage(() => import('./pages/home.tsx'), 'HomePage'),
})

const dashboard = createRoute({
  getParentRoute: () => signedIn,
  path: '/admin',
  component: permitted(
    'inventory.read',
    lazyPage(() => import('./pages/admin/dashboard.tsx'), 'DashboardPage'),
  ),
})

const catalog = createRoute({
  getParentRoute: () => signedIn,
  path: '/integrations',
  component: lazyPage(() => import('./pages/integrations.tsx'), 'CatalogPage'),
})

const guide = createRoute({
  getParentRoute: () => signedIn,
  path: '/implement/setup/first-connector',
  component: lazyPage(() => import('./pages/implement/first-connector.tsx'), 'FirstConnectorPage'),
})

const integrations = createRoute({
  getParentRoute: () => signedIn,
  path: '/admin/integrations',
  component: permitted(
    'connection.write',
    lazyPage(() => import('./pages/admin/integrations/list.tsx'), 'IntegrationsPage'),
  ),
})

const setup = createRoute({
  getParentRoute: () => signedIn,
  path: '/admin/integrations/$integration',
  validateSearch: setupSearch,
  component: permitted(
    'connection.write',
    lazyPage(() => import('./pages/admin/integrations/setup.tsx'), 'SetupPage'),
  ),
})

const runs = createRoute({
  getParentRoute: () => signedIn,
  path: '/admin/integrations/$integration/runs',
  validateSearch: runsSearch,
  component: permitted(
    'connection.write',
    lazyPage(() => import('./pages/admin/integrations/runs.tsx'), 'RunsPage'),
  ),
})

const run = createRoute({
  getParentRoute: () => signedIn,
  path: '/admin/integrations/$integration/runs/$run',
  validateSearch: runSearch,
  component: permitted(
    'connection.write',
    lazyPage(() => import('./pages/admin/integrations/run.tsx'), 'RunPage'),
  ),
})

const test = createRoute({
  getParentRoute: () => signedIn,
  path: '/admin/integrations/$integration/tests/$test',
  component: permitted(
    'connection.write',
    lazyPage(() => import('./pages/admin/integrations/test.tsx'), 'TestPage'),
  ),
})

const accounts = createRoute({
  getParentRoute: () => signedIn,
  path: '/admin/accounts',
  validateSearch: accountSearch,
  component: permitted(
    'inventory.read',
    lazyPage(() => import('./pages/admin/accounts.tsx'), 'AccountsPage'),
  ),
})

const account = createRoute({
  getParentRoute: () => signedIn,
  path: '/admin/accounts/$id',
  component: permitted(
    'inventory.read',
    lazyPage(() => import('./pages/admin/account.tsx'), 'AccountPage'),
  ),
})

const stale = createRoute({
  getParentRoute: () => signedIn,
  path: '/admin/stale',
  validateSearch: staleSearch,
  component: permitted(
    'inventory.read',
    lazyPage(() => import('./pages/admin/stale.tsx'), 'StalePage'),
  ),
})

const roles = createRoute({
  getParentRoute: () => signedIn,
  path: '/admin/roles',
  validateSearch: listSearch,
  component: permitted(
    'inventory.read',
    lazyPage(() => import('./pages/admin/entitlements.tsx'), 'RolesPage'),
  ),
})

const role = createRoute({
  getParentRoute: () => signedIn,
  path: '/admin/roles/$id',
  validateSearch: listSearch,
  component: permitted(
    'inventory.read',
    lazyPage(() => import('./pages/admin/entitlement.tsx'), 'RolePage'),
  ),
})

const organizations = createRoute({
  getParentRoute: () => signedIn,
  path: '/admin/organizations',
  validateSearch: listSearch,
  component: permitted(
    'inventory.read',
    lazyPage(() => import('./pages/admin/entitlements.tsx'), 'OrganizationsPage'),
  ),
})

const organization = createRoute({
  getParentRoute: () => signedIn,
  path: '/admin/organizations/$id',
  validateSearch: listSearch,
  component: permitted(
    'inventory.read',
    lazyPage(() => import('./pages/admin/entitlement.tsx'), 'OrganizationPage'),
  ),
})

const people = createRoute({
  getParentRoute: () => signedIn,
  path: '/admin/settings/people',
  component: permitted(
    'operator.read',
    lazyPage(() => import('./pages/admin/settings/people.tsx'), 'PeoplePage'),
  ),
})

/** One's own sign-in: everybody's. */
const ownAccount = createRoute({
  getParentRoute: () => signedIn,
  path: '/account',
  component: lazyPage(() => import('./pages/own-account.tsx'), 'OwnAccountPage'),
})

const apiKeys = createRoute({
  getParentRoute: () => signedIn,
  path: '/admin/settings/api-keys',
  component: permitted(
    'api_key.read',
    lazyPage(() => import('./pages/admin/settings/api-keys.tsx'), 'ApiKeysPage'),
  ),
})

const operations = createRoute({
  getParentRoute: () => signedIn,
  path: '/admin/operations',
  validateSearch: operationsSearch,
  component: permitted(
    'provisioning.read',
    lazyPage(() => import('./pages/admin/operations/list.tsx'), 'OperationsPage'),
  ),
})

const newOperation = createRoute({
  getParentRoute: () => signedIn,
  path: '/admin/operations/new',
  validateSearch: newOperationSearch,
  component: permitted(
    'provisioning.plan',
    lazyPage(() => import('./pages/admin/operations/new.tsx'), 'NewOperationPage'),
  ),
})

const operation = createRoute({
  getParentRoute: () => signedIn,
  path: '/admin/operations/$operation',
  component: permitted(
    'provisioning.read',
    lazyPage(() => import('./pages/admin/operations/operation.tsx'), 'OperationPage'),
  ),
})

const guard = createRoute({
  getParentRoute: () => signedIn,
  path: '/admin/guard',
  component: permitted(
    'guard.read',
    lazyPage(() => import('./pages/admin/guard/stops.tsx'), 'GuardPage'),
  ),
})

const guardStop = createRoute({
  getParentRoute: () => signedIn,
  path: '/admin/guard/$stop',
  component: permitted(
    'guard.read',
    lazyPage(() => import('./pages/admin/guard/stop.tsx'), 'GuardStopPage'),
  ),
})

const audit = createRoute({
  getParentRoute: () => signedIn,
  path: '/admin/audit',
  validateSearch: listSearch,
  component: permitted(
    'audit.read',
    lazyPage(() => import('./pages/admin/audit.tsx'), 'AuditPage'),
  ),
})

const drift = createRoute({
  getParentRoute: () => signedIn,
  path: '/admin/drift',
  validateSearch: driftSearch,
  component: permitted(
    'drift.read',
    lazyPage(() => import('./pages/admin/drift/review.tsx'), 'DriftPage'),
  ),
})

const driftPolicies = createRoute({
  getParentRoute: () => signedIn,
  path: '/admin/drift/policies',
  validateSearch: connectionSearch,
  component: permitted(
    'drift.read',
    lazyPage(() => import('./pages/admin/drift/policies.tsx'), 'DriftPoliciesPage'),
  ),
})

const baseline = createRoute({
  getParentRoute: () => signedIn,
  path: '/admin/drift/baseline',
  validateSearch: connectionSearch,
  component: permitted(
    'assignment.read',
    lazyPage(() => import('./pages/admin/drift/baseline.tsx'), 'BaselinePage'),
  ),
})

/** Any other address: not found, with the frame around it. */
const elsewhere = createRoute({
  getParentRoute: () => signedIn,
  path: '$',
  component: () => <NotFound />,
})

export const routeTree = root.addChildren([
  signIn,
  signedIn.addChildren([
    home,
    dashboard,
    catalog,
    guide,
    integrations,
    setup,
    runs,
    run,
    test,
    accounts,
    stale,
    account,
    ...identityRoutes,
    roles,
    role,
    organizations,
    organization,
    people,
    ownAccount,
    apiKeys,
    operations,
    newOperation,
    operation,
    guard,
    guardStop,
    audit,
    drift,
    driftPolicies,
    baseline,
    elsewhere,
  ]),
])
