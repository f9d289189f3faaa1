import type { JSX } from 'react'
import { Empty } from '../parts/empty.tsx'
import { Page } from '../parts/page.tsx'
import { useViewer } from '../viewer.ts'

/** The start page of a requester. */
export function HomePage(): JSX.Element {
  const viewer = useViewer()
  return (
    <Page title="Your access" lead={`Signed in as ${viewer.email ?? viewer.name}.`}>
      <div className="sheet">
        <Empty title="Requesting access is not part of this version yet.">
          <p>
            What you hold today is seen by admins and auditors only. Ask an admin if you need a change, or if
            you need to see who has what.
          </p>
        </Empty>
      </div>
    </Page>
  )
}
