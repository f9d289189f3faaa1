import type { Connector } from '@owlie/connector-kit'
import type { CatalogEntry } from './schema/connectors.ts'

/** Announced, not there: shown in the catalog so that people can see what comes, never offered for use. */
const announced: readonly Omit<CatalogEntry, 'connector'>[] = [
  {
    name: 'okta',
    label: 'Okta',
    summary: 'Users, groups and app assignments of an Okta org. Not available yet.',
  },
  {
    name: 'entra-id',
    label: 'Microsoft Entra ID',
    summary: 'Users, groups and app roles of an Entra ID directory. Not available yet.',
  },
  {
    name: 'google-workspace',
    label: 'Google Workspace',
    summary: 'Users, groups and admin roles of a Workspace domain. Not available yet.',
  },
  {
    name: 'bamboohr',
    label: 'BambooHR',
    summary: 'People and employment changes as a source of identities. Not available yet.',
  },
]

/** The connectors that are here, then those that are announced. */
export function catalogOf(connectors: ReadonlyMap<string, Connector>): readonly CatalogEntry[] {
  const here = [...connectors.values()].map((connector) => {
    const { name, label, summary } = connector.manifest
    return { name, label, summary, connector }
  })
  return [...here, ...announced.map((entry) => ({ ...entry, connector: null }))]
}
