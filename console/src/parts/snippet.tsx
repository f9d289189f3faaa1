import { IconChevronRight } from '@tabler/icons-react'
import type { JSX } from 'react'
import { CopyButton } from './copy-button.tsx'

/** A piece of text to be copied as it is. */
export function Snippet({ text, label }: { text: string; label: string }): JSX.Element {
  return (
    <div className="snippet">
      <pre tabIndex={0} aria-label={label}>
        {text}
      </pre>
      <CopyButton text={text} label={`Copy: ${label}`} />
    </div>
  )
}

/** What this screen shows, for a program: the same by the command line and by GraphQL. */
export function SameElsewhere({ cli, graphql }: { cli?: string; graphql: string }): JSX.Element {
  const curl = [
    'curl -s "$OWLIE_URL/api/graphql" \\',
    '  -H "Authorization: Owlie $OWLIE_API_KEY" -H "Content-Type: application/json" \\',
    `  -d '${JSON.stringify({ query: graphql.trim().replace(/\s+/g, ' ') }).replaceAll("'", `'\\''`)}'`,
  ].join('\n')
  return (
    <details className="same">
      <summary>
        <IconChevronRight size={14} aria-hidden /> The same in {cli ? 'CLI and ' : ''}GraphQL
      </summary>
      <div className="same-body">
        {cli && <Snippet text={cli} label="command line" />}
        <Snippet text={curl} label="GraphQL request" />
      </div>
    </details>
  )
}
