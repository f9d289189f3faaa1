import { SegmentedControl } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type JSX, useState } from 'react'
import { api } from '../../../api.ts'
import { type Column, DataTable } from '../../../parts/data-table.tsx'
import { Empty } from '../../../parts/empty.tsx'
import { count } from '../../../parts/figures.ts'
import { Page } from '../../../parts/page.tsx'
import { SameElsewhere } from '../../../parts/snippet.tsx'
import { When } from '../../../parts/when.tsx'
import { to } from '../../../path-builder.ts'
import { type Stop, StopsQuery } from './guard-query.ts'
import { StopWord } from './guard-word.tsx'
import { ApprovalRules } from './approval-rules.tsx'
import { GuardLimits } from './limits.tsx'

const columns: readonly Column<Stop>[] = [
  {
    name: 'What',
    cell: ({ id, label }) => (
      <Link {...to.guardStop(id)} className="strong-link">
        {label}
      </Link>
    ),
  },
  { name: 'Connection', hideBelow: 720, cell: ({ connection }) => connection.name },
  { name: 'State', cell: ({ state }) => <StopWord state={state} /> },
  {
    name: 'Why',
    hideBelow: 1000,
    width: '34%',
    cell: ({ reasons }) => reasons.map(({ words }) => words).join('; '),
  },
  {
    name: 'Would be marked',
    numeric: true,
    cell: ({ missed, present }) => `${count(missed)} of ${count(present)}`,
  },
  { name: 'When', hideBelow: 720, cell: ({ at }) => <When at={at} /> },
]

/** What the guard holds back, and how much it lets through. */
export function GuardPage(): JSX.Element {
  const [isOpen, setOpen] = useState(true)
  const stops = useQuery({
    queryKey: ['guard-stops', isOpen],
    queryFn: async ({ signal }) => (await api(StopsQuery, { open: isOpen ? true : null }, signal)).guardStops,
    placeholderData: keepPreviousData,
    refetchInterval: 10_000,
  })
  return (
    <Page
      title="Mass-change guard"
      wide
      lead="When more appears, changes or vanishes at once than is likely, Owlie marks nothing and asks. Two admins can let exactly that set through."
      actions={
        <SegmentedControl
          size="xs"
          aria-label="Which stops"
          value={isOpen ? 'open' : 'all'}
          onChange={(value) => setOpen(value === 'open')}
          data={[
            { value: 'open', label: 'Open' },
            { value: 'all', label: 'All' },
          ]}
        />
      }
    >
      <div className="stack-l">
        <div className="sheet">
          <DataTable
            caption="Guard stops"
            columns={columns}
            rows={stops.data}
            rowKey={({ id }) => id}
            error={stops.error}
            retry={() => void stops.refetch()}
            empty={
              <Empty
                title={isOpen ? 'The guard holds nothing back.' : 'The guard has never stopped anything.'}
              >
                <p>
                  If a run finds too much missing, new or changed at once, it will be here to decide about.
                </p>
              </Empty>
            }
          />
        </div>
        <GuardLimits />
        <ApprovalRules />
      </div>
      <SameElsewhere
        cli="owlie guard list"
        graphql="query { guardStops(open: true) { id label state missed present setHash reasons { words } } }"
      />
    </Page>
  )
}
