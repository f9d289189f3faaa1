import {
  IconArrowsExchange,
  IconArrowsDiff,
  IconBook2,
  IconBuilding,
  IconBuildingStore,
  IconFileSearch,
  IconGauge,
  IconKey,
  IconPlugConnected,
  IconShield,
  IconShieldHalf,
  IconUsers,
  IconUserShield,
} from '@tabler/icons-react'
import { to } from '../path-builder.ts'

/** Where one can go, and what it takes. The side bar and the command menu show the same list. */
export const places = [
  { group: '', label: 'Overview', icon: IconGauge, action: 'inventory.read', link: to.dashboard() },
  {
    group: '',
    label: 'Integrations',
    icon: IconPlugConnected,
    action: 'connection.write',
    link: to.integrations(),
  },
  {
    group: 'Who has what',
    label: 'Accounts',
    icon: IconUsers,
    action: 'inventory.read',
    link: to.accounts(),
  },
  { group: 'Who has what', label: 'Roles', icon: IconShield, action: 'inventory.read', link: to.roles() },
  {
    group: 'Who has what',
    label: 'Organizations',
    icon: IconBuilding,
    action: 'inventory.read',
    link: to.organizations(),
  },
  { group: 'What ought to be', label: 'Drift', icon: IconArrowsDiff, action: 'drift.read', link: to.drift() },
  {
    group: 'Change',
    label: 'Operations',
    icon: IconArrowsExchange,
    action: 'provisioning.read',
    link: to.operations(),
  },
  { group: 'Evidence', label: 'Guard', icon: IconShieldHalf, action: 'guard.read', link: to.guard() },
  { group: 'Evidence', label: 'Audit log', icon: IconFileSearch, action: 'audit.read', link: to.audit() },
  {
    group: 'Settings',
    label: 'People',
    icon: IconUserShield,
    action: 'operator.read',
    link: to.people(),
  },
  { group: 'Settings', label: 'API keys', icon: IconKey, action: 'api_key.read', link: to.apiKeys() },
  { group: 'Help', label: 'Catalog', icon: IconBuildingStore, action: null, link: to.catalog() },
  { group: 'Help', label: 'Setup guide', icon: IconBook2, action: null, link: to.guide() },
] as const
