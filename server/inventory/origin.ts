/** How a grant is held, in words for a person: the connector's `own`, or the usual ones. Pure. */
export function originOf(grantType: string, entitlementType: string, target: string, own?: string): string {
  if (own !== undefined) return `${own} in ${target}`
  if (grantType === 'member') return `member of the ${entitlementType.replaceAll('_', ' ')}`
  if (grantType === entitlementType) return `assigned directly in ${target}`
  return `${grantType.replaceAll('_', ' ')} in ${target}`
}
