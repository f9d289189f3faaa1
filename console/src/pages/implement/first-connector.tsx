import { List } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { JSX } from 'react'
import { ButtonLink } from '../../parts/button-link.tsx'
import { Page, Sheet } from '../../parts/page.tsx'
import { Snippet } from '../../parts/snippet.tsx'
import { to } from '../../path-builder.ts'

/** From nothing to the first ingestion, in the order in which it is done. */
export function FirstConnectorPage(): JSX.Element {
  return (
    <Page
      title="From the first connector to the first ingestion"
      tab="Setup guide"
      lead="About ten minutes, most of them in Auth0. You need an admin here, and someone who may create applications in the Auth0 tenant."
    >
      <div className="stack-l" style={{ maxWidth: 780 }}>
        <Sheet title="1. Decide what Owlie shall do">
          <p style={{ marginTop: 0 }}>
            Every permission you grant is one more thing a leaked secret could do, so grant only what you will
            use. Two presets cover the usual cases; the setup page computes anything between.
          </p>
          <List>
            <List.Item>
              <b>Read-only, sync only (4)</b>: see users, roles, organizations and who is a member of which.
              Start here when you only want to look.
            </List.Item>
            <List.Item>
              <b>Full connector support (15)</b>: also create, change and remove them from Owlie.
            </List.Item>
          </List>
          <p style={{ marginBottom: 0 }}>
            To see who <i>holds</i> a role, Auth0 asks for <code className="mono">read:role_members</code>,
            which is in neither preset. Without it everything else is read, and role holders are skipped with
            that reason.
          </p>
        </Sheet>
        <Sheet title="2. Create the application in Auth0">
          <List type="ordered">
            <List.Item>
              Open <b>Applications &gt; Applications</b> and choose <b>Create Application</b>.
            </List.Item>
            <List.Item>
              Name it, for example “Owlie”, and pick <b>Machine to Machine Applications</b>.
            </List.Item>
            <List.Item>
              Authorize it for the <b>Auth0 Management API</b>, not for an API of your own: only that one lets
              Owlie see users and roles.
            </List.Item>
            <List.Item>Tick exactly the permissions of step 1 and confirm.</List.Item>
          </List>
        </Sheet>
        <Sheet title="3. Connect and test">
          <p style={{ marginTop: 0 }}>
            Copy Domain, Client ID and Client Secret from the application’s <b>Settings</b> into the setup
            page, choose the same scopes, and press <b>Test connection</b>. Each check says what it found and,
            where something is wrong, what to do. Nothing is written to Auth0.
          </p>
          <ButtonLink {...to.setup('auth0')}>Open the Auth0 setup</ButtonLink>
        </Sheet>
        <Sheet title="4. Run the first sync">
          <p style={{ marginTop: 0 }}>
            After a successful test the main button becomes <b>Save and run first sync</b>. The run shows,
            kind by kind, what was read, what is new, and how many requests it spent. You can leave the page:
            the run goes on, also over a restart of the server.
          </p>
          <p style={{ marginBottom: 0 }}>
            Each kind ends with a word. <b>Complete</b> means Owlie can prove that it saw everything; only
            then may it mark anything as stale. <b>Truncated</b>, <b>skipped</b> and <b>failed</b> say exactly
            what is missing.
          </p>
        </Sheet>
        <Sheet title="5. See who has what">
          <p style={{ marginTop: 0 }}>
            <Link className="link" {...to.accounts()}>
              Accounts
            </Link>
            ,{' '}
            <Link className="link" {...to.roles()}>
              roles
            </Link>{' '}
            and{' '}
            <Link className="link" {...to.organizations()}>
              organizations
            </Link>{' '}
            are searchable and can be exported. On the command line:
          </p>
          <div className="stack">
            <Snippet label="run a sync" text="owlie sync run Auth0 --wait" />
            <Snippet label="export the inventory" text="owlie inventory export Auth0 > inventory.jsonl" />
          </div>
        </Sheet>
      </div>
    </Page>
  )
}
