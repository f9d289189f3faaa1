import type { JSX, ReactNode } from 'react'
import { ButtonLink } from '../parts/button-link.tsx'
import { Empty } from '../parts/empty.tsx'
import { Page } from '../parts/page.tsx'
import { to } from '../path-builder.ts'

/** An address that leads nowhere, or a thing that is not there (any more). */
export function NotFound({ what, children }: { what?: ReactNode; children?: ReactNode }): JSX.Element {
  return (
    <Page title="Not found" tab="Not found">
      <div className="sheet">
        <Empty
          title={typeof what === 'string' ? what : 'There is no page at this address.'}
          action={
            <ButtonLink {...to.home()} variant="default">
              Go to the start
            </ButtonLink>
          }
        >
          {children ?? <p>Check the address, or search with Ctrl K.</p>}
        </Empty>
      </div>
    </Page>
  )
}
