import type { ActionKind, Json } from '@owlie/connector-kit'
import type { Bundle } from './batch.ts'

/** The name of an object as people know it; its id where nobody knows one. */
export type NameOf = (kind: string, id: string) => string

/** What a step does, in one line. */
export function sentenceOf({ action, target, units }: Bundle, nameOf: NameOf): string {
  const about = action.targets.map(({ name, kind, label }) => {
    const ids = target[name] ?? []
    const names = ids.slice(0, 3).map((id) => nameOf(kind, id))
    const more = ids.length > 3 ? ` and ${ids.length - 3} more` : ''
    const saidAlready = action.targets.length === 1 && action.label.toLowerCase().endsWith(` ${label}`)
    return `${saidAlready ? '' : `${label}${ids.length > 1 ? 's' : ''} `}${names.join(', ')}${more}`
  })
  const made = action.targets.length === 0 ? titleOf(units[0]!.input) : null
  return `${action.label}: ${made ?? about.join(', ')}`
}

/** How something that does not exist yet is called. */
export function titleOf(input: { readonly [key: string]: Json }): string {
  const { email, username, name, display_name, phone_number } = input
  const title = [email, username, name, display_name, phone_number].find((value) => typeof value === 'string')
  return typeof title === 'string' ? title : 'a new one'
}

/** The call itself, with the ids in their places. */
export function requestOf({ action, batch, target }: Bundle): string {
  const template = batch?.request ?? action.request
  const filled = template.replace(/\{(\w+)\}/g, (whole, name: string) => target[name]?.[0] ?? whole)
  const many = batch ? target[batch.of]!.length : 1
  return many > 1 ? `${filled} (${many} ids)` : filled
}

export function count(many: number, noun: string): string {
  return `${many} ${noun}${many === 1 ? '' : 's'}`
}

export function labelOf(action: ActionKind): string {
  return action.label.toLowerCase()
}
