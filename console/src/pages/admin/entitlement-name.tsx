import { Link } from '@tanstack/react-router'
import type { JSX } from 'react'
import { toEntitlement } from '../../path-builder.ts'

/** Its name, as a link where it has a page. */
export function EntitlementName({
  entitlement,
}: {
  entitlement: { readonly id: string; readonly type: string; readonly displayName: string }
}): JSX.Element {
  const hasPage = entitlement.type === 'role' || entitlement.type === 'organization'
  if (!hasPage) return <strong>{entitlement.displayName}</strong>
  return (
    <Link {...toEntitlement(entitlement)} className="strong-link">
      {entitlement.displayName}
    </Link>
  )
}

/** `Role`, `Organization role`. */
export function typeWord(type: string): string {
  const words = type.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
