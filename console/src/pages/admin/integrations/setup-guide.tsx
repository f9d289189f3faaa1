import type { JSX } from 'react'
import { Link } from '@tanstack/react-router'
import { CopyButton } from '../../../parts/copy-button.tsx'
import { plural } from '../../../parts/figures.ts'
import { to } from '../../../path-builder.ts'
import { requestText } from './request-text.ts'

/** What to do in Auth0, beside the form in which it ends. */
export function Auth0Guide({
  domain,
  scopes,
  publicKey,
}: {
  domain: string
  scopes: readonly string[]
  /** Of the key pair used instead of a secret. */
  publicKey: string | null
}): JSX.Element {
  const request = requestText(domain, scopes, publicKey)
  return (
    <aside className="guide sheet" aria-label="Setup guide">
      <div className="sheet-head">
        <h2>In Auth0</h2>
        <Link className="link" {...to.guide()}>
          Whole guide
        </Link>
      </div>
      <ol className="guide-steps">
        <li>
          <b>Find the tenant domain.</b> It stands under <b>Settings &gt; General</b>, and in the Settings of
          any application: <code className="mono">tenant.us.auth0.com</code>. No custom domain, no https://.
        </li>
        <li>
          <b>Create a Machine to Machine application</b> under <b>Applications &gt; Applications</b> &gt;
          Create Application.
        </li>
        <li>
          <b>Authorize it for the Auth0 Management API.</b> Not for an API of your own: with only that one,
          every request is refused.
        </li>
        <li>
          <b>Grant only the scopes needed</b> for what Owlie shall do, the ones under Scopes here.{' '}
          {scopes.length > 0 && (
            <CopyButton text={scopes.join(' ')}>{`Copy these ${scopes.length}`}</CopyButton>
          )}
        </li>
        <li>
          {publicKey === null ? (
            <>
              <b>Copy Client ID and Client Secret</b> from the application’s Settings.
            </>
          ) : (
            <>
              <b>Copy the Client ID</b> from the application’s Settings, and add the public key under{' '}
              <b>Credentials &gt; Private Key JWT</b>.
            </>
          )}
        </li>
        <li>
          <b>Fill the form.</b> You can also paste a whole .env or JSON block into any field.
        </li>
        <li>
          <b>Test connection.</b> Nothing is written to Auth0.
        </li>
      </ol>
      <div className="guide-request">
        <p>
          <b>Someone else runs Auth0?</b> Send this to its administrator
          {scopes.length > 0 ? ` (asks for ${plural(scopes.length, 'scope')})` : ''}:
        </p>
        <pre tabIndex={0} aria-label="Request to the Auth0 administrator">
          {request}
        </pre>
        <CopyButton text={request}>Copy request</CopyButton>
      </div>
    </aside>
  )
}
