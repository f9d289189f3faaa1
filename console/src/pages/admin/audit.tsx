import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { JSX } from 'react'
import { api } from '../../api.ts'
import { graphql, type ResultOf } from '../../graphql.ts'
import { inWords } from '../../parts/attributes.tsx'
import { type Column, DataTable, Pager } from '../../parts/data-table.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Page } from '../../parts/page.tsx'
import { SameElsewhere } from '../../parts/snippet.tsx'
import { When } from '../../parts/when.tsx'
import { to } from '../../path-builder.ts'

const AuditQuery = graphql(`
  query Audit($first: Int!, $after: String) {
    auditEvents(first: $first, after: $after) {
      next
      nodes {
        seq
        at
        actor
        action
        subject
        detail
      }
    }
  }
`)

type Event = ResultOf<typeof AuditQuery>['auditEvents']['nodes'][number]

const size = 50

const columns: readonly Column<Event>[] = [
  { name: 'No.', numeric: true, hideBelow: 720, cell: ({ seq }) => <span className="faint">{seq}</span> },
  { name: 'When', cell: ({ at }) => <When at={at} /> },
  { name: 'Who', cell: ({ actor }) => actor },
  { name: 'What', cell: ({ action }) => inSentence(action) },
  { name: 'To what', cell: ({ subject }) => subject },
  { name: 'Detail', hideBelow: 1000, width: '34%', cell: ({ detail }) => <Detail value={detail} /> },
]

/** `connection.test_started` → `Connection: test started`. */
function inSentence(action: string): string {
  const [noun = '', ...rest] = action.split('.')
  return rest.length === 0 ? inWords(noun) : `${inWords(noun)}: ${rest.join(' ').replaceAll('_', ' ')}`
}

function Detail({ value }: { value: unknown }): JSX.Element {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : []
  return (
    <span className="quiet">
      {entries
        .filter(([, each]) => each !== null && each !== '')
        .map(
          ([name, each]) =>
            `${inWords(name)}: ${typeof each === 'object' ? JSON.stringify(each) : String(each)}`,
        )
        .join(' · ')}
    </span>
  )
}

/** Who did what, newest first. Events are chained by hashes, so one taken out would be noticed. */
export function AuditPage(): JSX.Element {
  const search = useSearch({ from: '/signed-in/admin/audit' })
  const navigate = useNavigate()
  const events = useQuery({
    queryKey: ['audit', search.after],
    queryFn: async ({ signal }) =>
      (await api(AuditQuery, { first: size, after: search.after ?? null }, signal)).auditEvents,
    placeholderData: keepPreviousData,
  })
  return (
    <Page
      title="Audit log"
      wide
      lead="Every change of this Owlie and every sign-in, newest first. Each event carries the hash of the one before, so none can be taken out unseen."
    >
      <div className="sheet">
        <DataTable
          caption="Audit events"
          columns={columns}
          rows={events.data?.nodes}
          rowKey={({ seq }) => String(seq)}
          error={events.error}
          retry={() => void events.refetch()}
          empty={
            <Empty title="Nothing has happened yet.">
              <p>Sign-ins, changes of connections, sync runs and API keys will be listed here.</p>
            </Empty>
          }
        />
        {events.data && (
          <Pager
            page={search.page ?? 1}
            size={size}
            shown={events.data.nodes.length}
            next={events.data.next}
            goNext={(after) =>
              void navigate({ ...to.audit(), search: { after, page: (search.page ?? 1) + 1 } })
            }
            goFirst={() => void navigate(to.audit())}
          />
        )}
      </div>
      <SameElsewhere
        graphql={`query { auditEvents(first: ${size}) { next nodes { seq at actor action subject detail } } }`}
      />
    </Page>
  )
}
