import { Skeleton } from '@mantine/core'
import type { JSX } from 'react'
import { count, plural } from '../../../parts/figures.ts'
import type { DriftCount } from './drift-query.ts'
import { typeLabel, typeNames, typeTone } from './drift-words.tsx'

interface KindRow {
  readonly kind: string
  readonly label: string
  readonly total: number
  readonly of: Readonly<Record<DriftCount['type'], number>>
}

/** What needs review, by kind, most first. Pure. */
export function kindRows(counts: readonly DriftCount[], connection: string | undefined): readonly KindRow[] {
  const rows = new Map<string, { label: string; of: Record<DriftCount['type'], number> }>()
  for (const each of counts) {
    if (each.state !== 'open' && each.state !== 'flagged') continue
    if (connection && each.connectionId !== connection) continue
    const row = rows.get(each.kind) ?? { label: each.kindLabel, of: { missing: 0, excess: 0, different: 0 } }
    row.of[each.type] += each.count
    rows.set(each.kind, row)
  }
  return [...rows]
    .map(([kind, { label, of }]) => ({ kind, label, of, total: of.missing + of.excess + of.different }))
    .sort((a, b) => b.total - a.total || a.label.localeCompare(b.label))
}

/** A chart that is a list and a filter: one bar per kind, its parts the types. */
export function KindBars({
  rows,
  chosen,
  choose,
}: {
  rows: readonly KindRow[] | undefined
  chosen: string | undefined
  choose: (kind: string | undefined) => void
}): JSX.Element {
  if (!rows) return <Skeleton h={72} />
  const most = Math.max(1, ...rows.map(({ total }) => total))
  return (
    <div className="kind-bars">
      <ul className="legend" aria-label="Colours">
        {typeNames.map((type) => (
          <li key={type} data-tone={typeTone(type)}>
            <span className="swatch" aria-hidden />
            {typeLabel(type)}
          </li>
        ))}
      </ul>
      {rows.map(({ kind, label, total, of }) => (
        <button
          type="button"
          key={kind}
          className="kind-bar"
          aria-pressed={chosen === kind}
          onClick={() => choose(chosen === kind ? undefined : kind)}
        >
          <span>{label}</span>
          <span className="kind-track" aria-hidden>
            {typeNames.map((type) =>
              of[type] === 0 ? null : (
                <span
                  key={type}
                  data-tone={typeTone(type)}
                  style={{ width: `${(of[type] / most) * 100}%` }}
                  title={plural(of[type], typeLabel(type).toLowerCase(), typeLabel(type).toLowerCase())}
                />
              ),
            )}
          </span>
          <span className="num">{count(total)}</span>
          <span className="sr-only">
            : {typeNames.map((type) => `${of[type]} ${typeLabel(type).toLowerCase()}`).join(', ')}.{' '}
            {chosen === kind ? 'Show all kinds' : 'Show only these'}
          </span>
        </button>
      ))}
    </div>
  )
}
