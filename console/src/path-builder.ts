import { linkOptions } from '@tanstack/react-router'
import type {
  AccountSearch,
  ConnectionSearch,
  DriftSearch,
  IdentitySearch,
  OrphanSearch,
  ListSearch,
  RunSearch,
  RunsSearch,
  SetupSearch,
  StaleSearch,
  NewOperationSearch,
  OperationsSearch,
} from './search-params.ts'

/** Every link of the console is made here: `<Link {...to.account(id)}>` or `navigate(to.account(id))`. */
export const to = {
  home: () => linkOptions({ to: '/' }),
  signIn: (back?: string) => linkOptions({ to: '/sign-in', search: back ? { return: back } : {} }),
  dashboard: () => linkOptions({ to: '/admin' }),
  catalog: () => linkOptions({ to: '/integrations' }),
  guide: () => linkOptions({ to: '/implement/setup/first-connector' }),
  integrations: () => linkOptions({ to: '/admin/integrations' }),
  setup: (integration: string, search: SetupSearch = {}) =>
    linkOptions({ to: '/admin/integrations/$integration', params: { integration }, search }),
  runs: (integration: string, search: RunsSearch = {}) =>
    linkOptions({ to: '/admin/integrations/$integration/runs', params: { integration }, search }),
  run: (integration: string, run: string, search: RunSearch = {}) =>
    linkOptions({ to: '/admin/integrations/$integration/runs/$run', params: { integration, run }, search }),
  test: (integration: string, test: string) =>
    linkOptions({ to: '/admin/integrations/$integration/tests/$test', params: { integration, test } }),
  accounts: (search: AccountSearch = {}) => linkOptions({ to: '/admin/accounts', search }),
  account: (id: string) => linkOptions({ to: '/admin/accounts/$id', params: { id } }),
  identities: (search: IdentitySearch = {}) => linkOptions({ to: '/admin/identities', search }),
  identity: (id: string) => linkOptions({ to: '/admin/identities/$id', params: { id } }),
  identityReview: (search: ListSearch = {}) => linkOptions({ to: '/admin/identities/review', search }),
  orphans: (search: OrphanSearch = {}) => linkOptions({ to: '/admin/identities/orphans', search }),
  identitySettings: () => linkOptions({ to: '/admin/settings/identities' }),
  roles: (search: ListSearch = {}) => linkOptions({ to: '/admin/roles', search }),
  role: (id: string) => linkOptions({ to: '/admin/roles/$id', params: { id } }),
  organizations: (search: ListSearch = {}) => linkOptions({ to: '/admin/organizations', search }),
  organization: (id: string) => linkOptions({ to: '/admin/organizations/$id', params: { id } }),
  stale: (search: StaleSearch = {}) => linkOptions({ to: '/admin/stale', search }),
  people: () => linkOptions({ to: '/admin/settings/people' }),
  ownAccount: () => linkOptions({ to: '/account' }),
  drift: (search: DriftSearch = {}) => linkOptions({ to: '/admin/drift', search }),
  driftPolicies: (search: ConnectionSearch = {}) => linkOptions({ to: '/admin/drift/policies', search }),
  baseline: (search: ConnectionSearch = {}) => linkOptions({ to: '/admin/drift/baseline', search }),
  apiKeys: () => linkOptions({ to: '/admin/settings/api-keys' }),
  operations: (search: OperationsSearch = {}) => linkOptions({ to: '/admin/operations', search }),
  newOperation: (search: NewOperationSearch = {}) => linkOptions({ to: '/admin/operations/new', search }),
  operation: (operation: string) =>
    linkOptions({ to: '/admin/operations/$operation', params: { operation } }),
  guard: () => linkOptions({ to: '/admin/guard' }),
  guardStop: (stop: string) => linkOptions({ to: '/admin/guard/$stop', params: { stop } }),
  audit: () => linkOptions({ to: '/admin/audit' }),
}

/** The page of a role or an organization. */
export function toEntitlement({ id, type }: { id: string; type: string }) {
  return type === 'organization' ? to.organization(id) : to.role(id)
}
