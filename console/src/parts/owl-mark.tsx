import type { JSX } from 'react'

/** The owl. `quiet` draws it in line colour, for places where nothing happens. */
export function OwlMark({ size, quiet = false }: { size: number; quiet?: boolean }): JSX.Element {
  const body = quiet ? 'var(--line-strong)' : 'var(--owl)'
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden focusable="false">
      <path
        fill={body}
        d="M5 3.5c3 .3 5 1.3 6.2 2.3a15 15 0 0 1 9.6 0C22 4.8 24 3.8 27 3.5c.6 2.9.5 5.2-.3 7 .9 1.9 1.3 3.9 1.3 6C28 23.6 22.9 29 16 29S4 23.6 4 16.5c0-2.1.4-4.1 1.3-6-.8-1.8-.9-4.1-.3-7Z"
      />
      <circle cx="10.7" cy="14.5" r="4.9" fill={quiet ? 'var(--surface)' : '#fff'} />
      <circle cx="21.3" cy="14.5" r="4.9" fill={quiet ? 'var(--surface)' : '#fff'} />
      <circle cx="11.3" cy="14.7" r="2.3" fill={quiet ? body : '#1f1d1b'} />
      <circle cx="20.7" cy="14.7" r="2.3" fill={quiet ? body : '#1f1d1b'} />
      <path fill={quiet ? 'var(--surface)' : '#e9a42c'} d="m16 17.2 2.3 3.1L16 23.8l-2.3-3.5Z" />
    </svg>
  )
}
