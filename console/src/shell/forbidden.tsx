import { Link } from '@tanstack/react-router'
import type { JSX } from 'react'
import { ButtonLink } from '../parts/button-link.tsx'
import { Empty } from '../parts/empty.tsx'
import { Page } from '../parts/page.tsx'
import { to } from '../path-builder.ts'
import { useViewer } from '../viewer.ts'

/** What each page is for, to complete "needs the right to …". */
const doing: Readonly<Record<string, string>> = {
  'connection.write': 'configure connections',
  'inventory.read': 'see who has what',
  'api_key.read': 'manage API keys',
  'audit.read': 'read the audit log',
}

export function Forbidden({ action }: { action: string }): JSX.Element {
  const viewer = useViewer()
  const mayRead = viewer.actions.includes('inventory.read')
  return (
    <Page title="Not for your role">
      <div className="sheet">
        <Empty
          title={`You may not ${doing[action] ?? 'see this page'}.`}
          action={
            <ButtonLink {...(mayRead ? to.dashboard() : to.home())} variant="default">
              {mayRead ? 'Go to the overview' : 'Go to your access'}
            </ButtonLink>
          }
        >
          <p>
            You are signed in as {viewer.email ?? viewer.name} with the role <b>{viewer.role}</b>. This page
            is for{' '}
            {action === 'connection.write' || action === 'api_key.read' ? 'admins' : 'admins and auditors'}.
          </p>
          <p>
            What to do: ask an admin to do it, or to change your role. The{' '}
            <Link className="link" {...to.catalog()}>
              catalog
            </Link>{' '}
            and the{' '}
            <Link className="link" {...to.guide()}>
              setup guide
            </Link>{' '}
            are open to you.
          </p>
        </Empty>
      </div>
    </Page>
  )
}
