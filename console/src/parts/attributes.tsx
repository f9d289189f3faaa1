import type { JSX, ReactNode } from 'react'
import { Facts } from './facts.tsx'
import { When } from './when.tsx'

/** What a target says about a thing, readable: names in words, lists as lists, objects nested. */
export function Attributes({ value }: { value: unknown }): JSX.Element {
  const entries = isObject(value) ? byName(value) : []
  if (entries.length === 0) return <p className="quiet">No further attributes.</p>
  return <Facts rows={entries.map(([name, each]) => [inWords(name), show(each)] as const)} />
}

function show(value: unknown): ReactNode {
  if (value === null || value === undefined || value === '') return <span className="faint">none</span>
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return isMoment.test(value) ? <When at={value} /> : value
  if (Array.isArray(value)) {
    if (value.length === 0) return <span className="faint">none</span>
    if (value.every((each) => !isObject(each))) return value.map(String).join(', ')
    return (
      <ul className="plain-list">
        {value.map((each, at) => (
          <li key={at}>{show(each)}</li>
        ))}
      </ul>
    )
  }
  const entries = byName(value as object)
  if (entries.length === 0) return <span className="faint">none</span>
  return <Facts rows={entries.map(([name, each]) => [inWords(name), show(each)] as const)} />
}

const isMoment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/

function byName(value: object): readonly [string, unknown][] {
  return Object.entries(value).sort(([a], [b]) => a.localeCompare(b))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `email_verified` → `Email verified`; keys that are not words stay as they are. */
export function inWords(name: string): string {
  if (!/^[a-z][a-z0-9]*([_A-Z][a-z0-9]*)*$/.test(name)) return name
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}
