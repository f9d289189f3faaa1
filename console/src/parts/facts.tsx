import type { JSX, ReactNode } from 'react'

/** Names and values. A null value is left out. */
export function Facts({ rows }: { rows: readonly (readonly [string, ReactNode] | null)[] }): JSX.Element {
  return (
    <dl className="facts">
      {rows.map(
        (row) =>
          row && (
            <div key={row[0]} style={{ display: 'contents' }}>
              <dt>{row[0]}</dt>
              <dd>{row[1]}</dd>
            </div>
          ),
      )}
    </dl>
  )
}

export interface BarRow {
  readonly key: string
  readonly label: ReactNode
  readonly value: number
  readonly note?: ReactNode
}

/** Horizontal bars with their numbers: a chart that is also a readable list. */
export function Bars({
  rows,
  caption,
  unit,
}: {
  rows: readonly BarRow[]
  caption: string
  unit: string
}): JSX.Element {
  const most = Math.max(1, ...rows.map(({ value }) => value))
  return (
    <table className="bars">
      <caption className="sr-only">{caption}</caption>
      <thead className="sr-only">
        <tr>
          <th scope="col">Name</th>
          <th scope="col">{unit}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ key, label, value, note }) => (
          <tr key={key}>
            <td>
              <span className="bars-label">
                {label}
                {note}
              </span>
              <span className="bar" aria-hidden>
                <span style={{ width: `${Math.max(1, (value / most) * 100)}%` }} />
              </span>
            </td>
            <td className="num">{value.toLocaleString('en')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
