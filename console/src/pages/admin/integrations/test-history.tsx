import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { JSX } from 'react'
import { api } from '../../../api.ts'
import { graphql, type ResultOf } from '../../../graphql.ts'
import { type Column, DataTable } from '../../../parts/data-table.tsx'
import { Sheet } from '../../../parts/page.tsx'
import { When } from '../../../parts/when.tsx'
import { to } from '../../../path-builder.ts'
import { TestWord } from './test-report.tsx'

const HistoryQuery = graphql(`
  query TestHistory($id: ID!) {
    connection(id: $id) {
      id
      tests(first: 20) {
        id
        status
        summary
        startedAt
        actor
      }
    }
  }
`)

type Past = NonNullable<ResultOf<typeof HistoryQuery>['connection']>['tests'][number]

/** The last twenty tests of a connection, each at its own address. */
export function TestHistory({
  integration,
  connection,
  lastTest,
}: {
  integration: string
  connection: string
  lastTest: string | null
}): JSX.Element | null {
  const history = useQuery({
    queryKey: ['test-history', connection, lastTest],
    queryFn: async ({ signal }) =>
      (await api(HistoryQuery, { id: connection }, signal)).connection?.tests ?? [],
  })
  if ((history.data?.length ?? 0) < 1) return null
  const columns: readonly Column<Past>[] = [
    {
      name: 'Test',
      cell: ({ id, startedAt }) => (
        <Link {...to.test(integration, id)} className="strong-link">
          <When at={startedAt} />
        </Link>
      ),
    },
    { name: 'Result', cell: ({ status }) => <TestWord status={status} /> },
    {
      name: 'In short',
      hideBelow: 720,
      width: '50%',
      cell: ({ summary }) => <span className="quiet">{summary}</span>,
    },
    { name: 'By', hideBelow: 1000, cell: ({ actor }) => actor },
  ]
  return (
    <Sheet title="Earlier tests" flush>
      <DataTable
        caption="Earlier tests"
        columns={columns}
        rows={history.data}
        rowKey={({ id }) => id}
        empty={null}
      />
    </Sheet>
  )
}
