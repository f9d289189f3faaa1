import { Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { JSX } from 'react'
import { api } from '../../../api.ts'
import { graphql } from '../../../graphql.ts'
import { type Column, DataTable } from '../../../parts/data-table.tsx'
import { count, duration } from '../../../parts/figures.ts'
import { absolute } from '../../../parts/moment.ts'
import { Sheet } from '../../../parts/page.tsx'
import { to } from '../../../path-builder.ts'
import { type Kind, type Run, RunQuery } from './run-query.ts'

const OthersQuery = graphql(`
  query OtherRuns($id: ID!) {
    connection(id: $id) {
      id
      runs(first: 100) {
        nodes {
          id
          mode
          status
          startedAt
        }
      }
    }
  }
`)

/** This run beside another one of the same connection. */
export function RunCompare({ run, against }: { run: Run; against?: string }): JSX.Element | null {
  const navigate = useNavigate()
  const others = useQuery({
    queryKey: ['other-runs', run.connection.id],
    queryFn: async ({ signal }) =>
      (await api(OthersQuery, { id: run.connection.id }, signal)).connection?.runs.nodes ?? [],
  })
  const other = useQuery({
    queryKey: ['run', against],
    queryFn: async ({ signal }) => (await api(RunQuery, { id: against! }, signal)).syncRun,
    enabled: against !== undefined,
  })
  // A run that read everything and one that read changes have no figures in common.
  const choices = (others.data ?? []).filter(({ id, mode }) => id !== run.id && mode === run.mode)
  if (choices.length === 0) return null
  const select = (
    <Select
      aria-label="Compare with"
      placeholder="Compare with another run"
      w={280}
      value={against ?? null}
      onChange={(value) =>
        value &&
        void navigate({
          ...to.run(run.connection.connector.name, run.id, { against: value }),
          replace: true,
          resetScroll: false,
        })
      }
      data={choices.map(({ id, startedAt, status }) => ({
        value: id,
        label: `${absolute(Date.parse(startedAt)).slice(5)}, ${status}`,
      }))}
    />
  )
  const earlier = other.data
  return (
    <Sheet title="Beside another run" actions={select} flush={earlier !== undefined && earlier !== null}>
      {earlier ? (
        <Compared run={run} other={earlier} />
      ) : (
        <p className="quiet" style={{ margin: 0 }}>
          Choose a run to see what differs.
        </p>
      )}
    </Sheet>
  )
}

function Compared({ run, other }: { run: Run; other: Run }): JSX.Element {
  const otherOf = (kind: Kind) => other.kinds.find(({ name }) => name === kind.name)
  const pair = (now: number, then: number | undefined) => (
    <>
      {count(now)} <span className="faint">was {then === undefined ? 'none' : count(then)}</span>
    </>
  )
  const columns: readonly Column<Kind>[] = [
    { name: 'Kind', cell: ({ label }) => label },
    {
      name: 'End',
      cell: (kind) => (
        <>
          {kind.end ?? 'not read'} <span className="faint">was {otherOf(kind)?.end ?? 'not read'}</span>
        </>
      ),
    },
    { name: 'Read', numeric: true, cell: (kind) => pair(kind.read, otherOf(kind)?.read) },
    {
      name: 'New',
      numeric: true,
      hideBelow: 720,
      cell: (kind) => pair(kind.created, otherOf(kind)?.created),
    },
    {
      name: 'Changed',
      numeric: true,
      hideBelow: 720,
      cell: (kind) => pair(kind.changed, otherOf(kind)?.changed),
    },
    { name: 'Stale', numeric: true, hideBelow: 720, cell: (kind) => pair(kind.stale, otherOf(kind)?.stale) },
  ]
  return (
    <>
      <DataTable
        caption="Two runs compared"
        columns={columns}
        rows={run.kinds}
        rowKey={({ name }) => name}
        empty={null}
      />
      <div className="pager">
        <span>
          {count(run.requests.total)} requests in {duration(run.durationMs)}; was{' '}
          {count(other.requests.total)} in {duration(other.durationMs)}
        </span>
      </div>
    </>
  )
}
