import type { Manifest } from '@owlie/connector-kit'

/** How a grant is held, in words for a person: the connector's own, or the usual ones. Pure. */
export function originOf(
  grantType: string,
  entitlementType: string,
  connector: string,
  manifest: Pick<Manifest, 'label' | 'kinds'> | undefined,
): string {
  const kind = manifest?.kinds.find(
    (each) => each.yields === 'grant' && each.entitlementType === entitlementType,
  )
  const target = manifest?.label ?? connector
  if (kind?.origin !== undefined) return `${kind.origin} in ${target}`
  if (grantType === 'member') return `member of the ${entitlementType.replaceAll('_', ' ')}`
  if (grantType === entitlementType) return `assigned directly in ${target}`
  return `${grantType.replaceAll('_', ' ')} in ${target}`
}
