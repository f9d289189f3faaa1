import { SimpleGrid } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { JSX } from 'react'
import { ButtonLink } from '../parts/button-link.tsx'
import { api, failuresOf } from '../api.ts'
import { graphql } from '../graphql.ts'
import { FailureNote } from '../parts/failure-note.tsx'
import { Page, PageSkeleton } from '../parts/page.tsx'
import { SameElsewhere } from '../parts/snippet.tsx'
import { Word } from '../parts/word.tsx'
import { to } from '../path-builder.ts'
import { useViewer } from '../viewer.ts'

const CatalogQuery = graphql(`
  query Catalog {
    connectors {
      name
      label
      summary
      available
    }
  }
`)

/** What Owlie can be connected to. What is not built yet says so. */
export function CatalogPage(): JSX.Element {
  const viewer = useViewer()
  const catalog = useQuery({ queryKey: ['catalog'], queryFn: ({ signal }) => api(CatalogQuery, {}, signal) })
  if (catalog.isPending) return <PageSkeleton />
  const connectors = [...(catalog.data?.connectors ?? [])].sort(
    (a, b) => Number(b.available) - Number(a.available),
  )
  const mayConnect = viewer.actions.includes('connection.write')
  return (
    <Page
      title="Catalog"
      lead="The systems Owlie can connect to. It reads who has what there; what it may change is up to the permissions you grant."
    >
      {catalog.error ? (
        <FailureNote failures={failuresOf(catalog.error)} retry={() => void catalog.refetch()} />
      ) : (
        <SimpleGrid cols={{ base: 1, xs: 2, lg: 3 }} spacing={16}>
          {connectors.map(({ name, label, summary, available }) => (
            <article key={name} className="sheet sheet-body stack" style={{ gap: 8 }}>
              <div className="row" style={{ justifyContent: 'space-between' }}>
                <h2 style={{ margin: 0, fontSize: '0.9375rem' }}>{label}</h2>
                {available ? <Word tone="ok">Available</Word> : <Word tone="idle">Not available yet</Word>}
              </div>
              <p className="quiet" style={{ margin: 0, flex: 1 }}>
                {summary}
              </p>
              {available && mayConnect && (
                <div>
                  <ButtonLink {...to.setup(name)} size="compact-sm">
                    Set up {label}
                  </ButtonLink>
                </div>
              )}
              {available && !mayConnect && (
                <p className="faint" style={{ margin: 0 }}>
                  An admin can set it up.
                </p>
              )}
            </article>
          ))}
        </SimpleGrid>
      )}
      <SameElsewhere graphql="query { connectors { name label summary available } }" />
    </Page>
  )
}
