import type { JSX } from 'react'

/** The course of a few numbers, oldest first, from zero to their largest. Said in words beside it, so hidden here. */
export function Sparkline({ values }: { values: readonly number[] }): JSX.Element {
  const most = Math.max(1, ...values)
  const points = values.map((value, at) => {
    const x = values.length < 2 ? 0 : (at / (values.length - 1)) * 100
    return `${x.toFixed(2)},${(30 - (value / most) * 28).toFixed(2)}`
  })
  return (
    <svg className="sparkline" viewBox="0 0 100 31" preserveAspectRatio="none" aria-hidden focusable="false">
      <polygon points={`0,31 ${points.join(' ')} 100,31`} />
      <polyline points={points.join(' ')} vectorEffect="non-scaling-stroke" />
    </svg>
  )
}
