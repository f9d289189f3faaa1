import type { JSX, ReactNode } from 'react'
import { OwlMark } from './owl-mark.tsx'

/** Nothing here yet: why, and the exact next step. */
export function Empty({
  title,
  children,
  action,
}: {
  title: string
  children: ReactNode
  action?: ReactNode
}): JSX.Element {
  return (
    <div className="empty">
      <OwlMark size={36} quiet />
      <p className="empty-title">{title}</p>
      <div className="quiet">{children}</div>
      {action && (
        <div className="row" style={{ justifyContent: 'center', marginTop: 8 }}>
          {action}
        </div>
      )}
    </div>
  )
}
