import { Link } from '@tanstack/react-router'
import type { JSX } from 'react'
import { Empty } from '../../../parts/empty.tsx'
import { Facts } from '../../../parts/facts.tsx'
import { Sheet } from '../../../parts/page.tsx'
import { to } from '../../../path-builder.ts'
import './identities.css'
import type { IdentityOnPage } from './identity.tsx'

type Attribute = IdentityOnPage['attributes'][number]

/** What is true of it, by whose word, and what lost. */
export function IdentityAttributes({ attributes }: { attributes: readonly Attribute[] }): JSX.Element {
  return (
    <Sheet
      title="Attributes"
      actions={
        <Link {...to.identitySettings()} className="link">
          Whose word counts
        </Link>
      }
    >
      {attributes.length === 0 ? (
        <Empty title="Nothing is said about it.">
          <p>No account says anything, and nothing was entered.</p>
        </Empty>
      ) : (
        <Facts
          rows={attributes.map((each) => [each.label, <Value key={each.name} attribute={each} />] as const)}
        />
      )}
    </Sheet>
  )
}

function Value({ attribute }: { attribute: Attribute }): JSX.Element {
  return (
    <>
      {attribute.value}
      <div className="faint">
        {sourceWords(attribute.source)}
        {attribute.isStale && ', from an account that is gone'}
      </div>
      {attribute.lost.map(({ value, source, isStale }) => (
        <div key={`${source.id} ${value}`} className="faint">
          <span className="sr-only">Lost: </span>
          <span className="lost">{value}</span> {sourceWords(source)}
          {isStale && ', gone'}
        </div>
      ))}
    </>
  )
}

export function sourceWords({ connection }: Attribute['source']): string {
  return connection === null ? 'entered by hand' : `from ${connection.name}`
}
