import type { Decision } from './drift-query.ts'

export type KeyAct =
  | { readonly do: 'move'; readonly by: 1 | -1 }
  | { readonly do: 'select' }
  | { readonly do: 'decide'; readonly decision: Decision }
  | { readonly do: 'undo' }
  | { readonly do: 'help' }
  | { readonly do: 'open' }
  | { readonly do: 'clear' }

/** Shown in the help, in this order. */
export const keyHelp: readonly (readonly [keys: string, what: string])[] = [
  ['j', 'next row'],
  ['k', 'row before'],
  ['x', 'select the row'],
  ['a', 'adopt'],
  ['p', 'preserve'],
  ['i', 'ignore'],
  ['f', 'flag'],
  ['u', 'undo the last decision'],
  ['Enter', 'open the details'],
  ['Esc', 'clear the selection'],
  ['?', 'this help'],
]

const acts: Readonly<Record<string, KeyAct>> = {
  j: { do: 'move', by: 1 },
  k: { do: 'move', by: -1 },
  x: { do: 'select' },
  a: { do: 'decide', decision: 'adopt' },
  p: { do: 'decide', decision: 'preserve' },
  i: { do: 'decide', decision: 'ignore' },
  f: { do: 'decide', decision: 'flag' },
  u: { do: 'undo' },
  '?': { do: 'help' },
  Enter: { do: 'open' },
  Escape: { do: 'clear' },
}

interface Pressed {
  readonly key: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
}

/** What a key means here; null: nothing. Keys with Ctrl, Alt or Cmd are the browser's. Pure. */
export function actOf({ key, ctrlKey, metaKey, altKey }: Pressed): KeyAct | null {
  if (ctrlKey || metaKey || altKey) return null
  return acts[key] ?? null
}

/** The place after a move: stays at the ends; from nowhere to the first. Pure. */
export function moved(ids: readonly string[], current: string | null, by: 1 | -1): string | null {
  if (ids.length === 0) return null
  const at = current === null ? -1 : ids.indexOf(current)
  if (at < 0) return ids[0]!
  return ids[Math.min(ids.length - 1, Math.max(0, at + by))]!
}

/** Where to be when the current row has left the list: what has come to its place, else the last. Pure. */
export function afterLeaving(
  before: readonly string[],
  now: readonly string[],
  current: string | null,
): string | null {
  if (current === null || now.includes(current)) return current
  const at = before.indexOf(current)
  return now[Math.min(Math.max(at, 0), now.length - 1)] ?? null
}
