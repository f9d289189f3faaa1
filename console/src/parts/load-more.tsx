import { Button } from '@mantine/core'
import type { JSX } from 'react'
import { failuresOf } from '../api.ts'
import { FailureNote } from './failure-note.tsx'

/** Below a list that grows: the next page on request. */
export function LoadMore({
  query,
}: {
  query: {
    readonly hasNextPage: boolean
    readonly isFetchingNextPage: boolean
    readonly isFetchNextPageError: boolean
    readonly error: unknown
    readonly fetchNextPage: () => unknown
  }
}): JSX.Element | null {
  if (query.isFetchNextPageError)
    return (
      <div className="sheet-body">
        <FailureNote failures={failuresOf(query.error)} retry={() => void query.fetchNextPage()} />
      </div>
    )
  if (!query.hasNextPage) return null
  return (
    <div className="pager" style={{ justifyContent: 'center' }}>
      <Button
        size="compact-sm"
        variant="default"
        loading={query.isFetchingNextPage}
        onClick={() => void query.fetchNextPage()}
      >
        Show more
      </Button>
    </div>
  )
}
