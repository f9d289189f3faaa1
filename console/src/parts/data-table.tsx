import { Button, Skeleton } from '@mantine/core'
import { useRouter } from '@tanstack/react-router'
import { IconArrowLeft, IconArrowRight } from '@tabler/icons-react'
import type { CSSProperties, JSX, ReactNode } from 'react'
import { failuresOf } from '../api.ts'
import { FailureNote } from './failure-note.tsx'
import { count } from './figures.ts'

export interface Column<Row> {
  readonly name: string
  readonly cell: (row: Row) => ReactNode
  readonly numeric?: boolean
  /** Left out on narrow screens: below 720 px, or below 1000 px. */
  readonly hideBelow?: 720 | 1000
  /** In percent of the table. */
  readonly width?: string
}

/** The one table: head that stays, skeleton, failure, emptiness, and the pager's place below. */
export function DataTable<Row>({
  caption,
  columns,
  rows,
  rowKey,
  error,
  retry,
  empty,
  skeletonRows = 8,
}: {
  caption: string
  columns: readonly Column<Row>[]
  /** `undefined` while loading. */
  rows: readonly Row[] | undefined
  rowKey: (row: Row) => string
  error?: unknown
  retry?: () => void
  empty: ReactNode
  skeletonRows?: number
}): JSX.Element {
  if (error && rows === undefined)
    return (
      <div className="sheet-body">
        <FailureNote failures={failuresOf(error)} {...(retry ? { retry } : {})} />
      </div>
    )
  if (rows?.length === 0) return <>{empty}</>
  return (
    <div className="table-box" aria-busy={rows === undefined}>
      <table className="table">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.name} scope="col" {...cellProps(column)}>
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows?.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map((column) => (
                <td key={column.name} {...cellProps(column)}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          )) ??
            Array.from({ length: skeletonRows }, (_, at) => (
              <tr key={at}>
                {columns.map((column, index) => (
                  <td key={column.name} {...cellProps(column)}>
                    <Skeleton h={12} my={4} w={index === 0 ? '70%' : '45%'} />
                  </td>
                ))}
              </tr>
            ))}
        </tbody>
      </table>
    </div>
  )
}

function cellProps({ numeric, hideBelow, width }: Pick<Column<never>, 'numeric' | 'hideBelow' | 'width'>) {
  const className = [numeric ? 'num' : '', hideBelow ? `hide-${hideBelow}` : ''].join(' ').trim()
  return { className, ...(width ? { style: { '--width': width } as CSSProperties } : {}) }
}

/** Below a table: which rows these are of how many, and the next. The way back is the browser's own, so places are kept. */
export function Pager({
  page,
  size,
  shown,
  total,
  next,
  goNext,
  goFirst,
}: {
  page: number
  size: number
  shown: number
  total?: number
  next: string | null
  goNext: (cursor: string) => void
  goFirst: () => void
}): JSX.Element | null {
  const router = useRouter()
  if (shown === 0 && page === 1) return null
  const from = (page - 1) * size + 1
  const range = `${count(from)}–${count(from + shown - 1)}`
  // Within this visit the page before is one step back; from a bookmark only the first page is known.
  const canGoBack = page > 1 && router.history.canGoBack()
  return (
    <div className="pager">
      <span>{total === undefined ? `Rows ${range}` : `${range} of ${count(total)}`}</span>
      {(page > 1 || next) && (
        <div className="row">
          {page > 2 && (
            <Button size="compact-sm" variant="subtle" onClick={goFirst}>
              First
            </Button>
          )}
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconArrowLeft size={14} />}
            disabled={page === 1}
            onClick={() => (canGoBack ? router.history.back() : goFirst())}
          >
            Previous
          </Button>
          <Button
            size="compact-sm"
            variant="default"
            rightSection={<IconArrowRight size={14} />}
            disabled={next === null}
            onClick={() => next && goNext(next)}
          >
            Next
          </Button>
        </div>
      )}
    </div>
  )
}
