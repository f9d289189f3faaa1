/** How a grant is held, in words for a person. Pure. */
export function originOf(grantType: string, entitlementType: string, target: string): string {
  if (grantType === 'member') return `member of the ${entitlementType.replaceAll('_', ' ')}`
  if (grantType === entitlementType) return `assigned directly in ${target}`
  return `${grantType.replaceAll('_', ' ')} in ${target}`
}
