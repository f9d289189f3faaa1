import { Checkbox, Skeleton } from '@mantine/core'
import { Fragment, type JSX, type ReactNode, useEffect, useRef } from 'react'
import { failuresOf } from '../../../api.ts'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { count } from '../../../parts/figures.ts'
import { When } from '../../../parts/when.tsx'
import type { Drift } from './drift-query.ts'
import { About, aboutText, decisionWords, Disagreement, StateWord, TypeWord } from './drift-words.tsx'
import type { Review } from './use-review.ts'

/** The rows of this page, kind by kind. The current row is marked, and the keys move it. */
export function ReviewTable({
  rows,
  error,
  retry,
  review,
  may,
  empty,
}: {
  rows: readonly Drift[] | undefined
  error: unknown
  retry: () => void
  review: Review
  may: boolean
  empty: ReactNode
}): JSX.Element {
  if (error && rows === undefined)
    return (
      <div className="sheet-body">
        <FailureNote failures={failuresOf(error)} retry={retry} />
      </div>
    )
  if (rows?.length === 0) return <>{empty}</>
  const groups = Map.groupBy(rows ?? [], ({ kind, connection }) => `${connection.id} ${kind}`)
  const several = new Set((rows ?? []).map(({ connection }) => connection.id)).size > 1
  return (
    <div className="table-box" aria-busy={rows === undefined}>
      <table className="table review-table">
        <caption className="sr-only">Drift</caption>
        <thead>
          <tr>
            {may && (
              <th scope="col" className="pick">
                <Checkbox
                  aria-label="Select all rows of this page"
                  checked={rows !== undefined && rows.every(({ id }) => review.selected.has(id))}
                  indeterminate={
                    review.selected.size > 0 && !rows?.every(({ id }) => review.selected.has(id))
                  }
                  disabled={rows === undefined}
                  onChange={(event) =>
                    review.toggleMany(
                      (rows ?? []).map(({ id }) => id),
                      event.currentTarget.checked,
                    )
                  }
                />
              </th>
            )}
            <th scope="col">Who and what</th>
            <th scope="col">Disagreement</th>
            <th scope="col" className="hide-720">
              Policy
            </th>
            <th scope="col" className="hide-720">
              Since
            </th>
          </tr>
        </thead>
        <tbody>
          {rows === undefined && <SkeletonRows may={may} />}
          {[...groups].map(([key, drifts]) => (
            <Fragment key={key}>
              <tr className="group">
                <th scope="colgroup" colSpan={may ? 5 : 4}>
                  {drifts[0]!.kindLabel}
                  {several && <span className="faint"> · {drifts[0]!.connection.name}</span>}
                  <span className="faint"> · {count(drifts.length)} on this page</span>
                </th>
              </tr>
              {drifts.map((drift) => (
                <Row key={drift.id} drift={drift} review={review} may={may} />
              ))}
            </Fragment>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Row({ drift, review, may }: { drift: Drift; review: Review; may: boolean }): JSX.Element {
  const isCurrent = review.currentId === drift.id
  const isSelected = review.isAll || review.selected.has(drift.id)
  const row = useRef<HTMLTableRowElement>(null)
  useEffect(() => {
    if (isCurrent) row.current?.scrollIntoView({ block: 'nearest' })
  }, [isCurrent])
  return (
    <tr
      ref={row}
      data-current={isCurrent}
      data-selected={isSelected}
      aria-current={isCurrent ? 'true' : undefined}
      onClick={(event) => {
        if (!(event.target as Element).closest('a, button, input, label, time')) review.go(drift.id)
      }}
    >
      {may && (
        <td className="pick">
          <Checkbox
            aria-label={`Select ${aboutText(drift)}`}
            checked={isSelected}
            onChange={() => review.toggle(drift.id)}
          />
        </td>
      )}
      <td>
        <button type="button" className="row-button" onClick={() => review.go(drift.id)}>
          <About drift={drift} plain />
        </button>
        {(drift.state !== 'open' || drift.heldReason) && (
          <div className="row" style={{ gap: 4, marginTop: 2 }}>
            <StateWord state={drift.state} />
            {drift.heldReason && <span className="faint">{drift.heldReason}</span>}
          </div>
        )}
      </td>
      <td>
        <TypeWord type={drift.type} />
        <div className="disagreement">
          <Disagreement drift={drift} />
        </div>
      </td>
      <td className="hide-720 policy">
        {decisionWords[drift.policy].label}
        <div className="faint">{drift.policyBy ?? 'default'}</div>
      </td>
      <td className="hide-720">
        <When at={drift.firstSeenAt} />
      </td>
    </tr>
  )
}

function SkeletonRows({ may }: { may: boolean }): JSX.Element {
  return (
    <>
      {Array.from({ length: 8 }, (_, at) => (
        <tr key={at}>
          {may && <td className="pick" />}
          <td>
            <Skeleton h={12} my={4} w="70%" />
          </td>
          <td>
            <Skeleton h={12} my={4} w="50%" />
          </td>
          <td className="hide-720">
            <Skeleton h={12} my={4} w="50%" />
          </td>
          <td className="hide-720">
            <Skeleton h={12} my={4} w="50%" />
          </td>
        </tr>
      ))}
    </>
  )
}
