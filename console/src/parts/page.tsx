import { Skeleton } from '@mantine/core'
import { IconChevronRight } from '@tabler/icons-react'
import { Fragment, type JSX, type ReactNode, useEffect } from 'react'

/** One page: its title (also of the tab), where it is, what can be done, and its content. */
export function Page({
  title,
  tab,
  crumbs = [],
  lead,
  aside,
  actions,
  wide = false,
  children,
}: {
  title: ReactNode
  /** The tab's title, when `title` is not plain text. */
  tab?: string
  crumbs?: readonly ReactNode[]
  lead?: ReactNode
  aside?: ReactNode
  actions?: ReactNode
  wide?: boolean
  children: ReactNode
}): JSX.Element {
  const words = tab ?? (typeof title === 'string' ? title : null)
  useEffect(() => {
    if (words) document.title = `${words} · Owlie`
  }, [words])
  return (
    <div className={wide ? 'page page-wide' : 'page'}>
      {crumbs.length > 0 && (
        <nav aria-label="Where you are" className="crumbs">
          {crumbs.map((crumb, at) => (
            <Fragment key={at}>
              {at > 0 && <IconChevronRight size={12} aria-hidden />}
              {crumb}
            </Fragment>
          ))}
        </nav>
      )}
      <header className="page-head">
        <div className="page-title">
          <h1>{title}</h1>
          {aside}
        </div>
        {actions && <div className="row">{actions}</div>}
      </header>
      {lead && <p className="page-lead">{lead}</p>}
      {children}
    </div>
  )
}

/** A box with a heading. */
export function Sheet({
  title,
  actions,
  flush = false,
  children,
  id,
}: {
  title?: ReactNode
  actions?: ReactNode
  flush?: boolean
  children: ReactNode
  id?: string
}): JSX.Element {
  return (
    <section className="sheet" {...(id ? { id } : {})}>
      {title && (
        <div className="sheet-head">
          <h2>{title}</h2>
          {actions}
        </div>
      )}
      <div className={flush ? '' : 'sheet-body'}>{children}</div>
    </section>
  )
}

/** The shape of a page before its content is there. */
export function PageSkeleton({ rows = 6 }: { rows?: number }): JSX.Element {
  return (
    <div className="page" role="status" aria-busy="true" aria-label="Loading">
      <h1 className="sr-only">Loading</h1>
      <Skeleton h={24} w={220} mb={18} />
      <div className="sheet sheet-body stack">
        {Array.from({ length: rows }, (_, at) => (
          <Skeleton key={at} h={14} w={`${92 - ((at * 17) % 40)}%`} />
        ))}
      </div>
    </div>
  )
}
