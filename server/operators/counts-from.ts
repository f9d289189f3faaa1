import type { Actor } from '../model/index.ts'

const dayMs = 24 * 60 * 60_000

/**
 * From when on somebody whom `by` lets in, or gives a role or a new password, counts as one of two people. Whoever makes a
 * second account for themselves waits a day in which others can see it in the audit; who is on the host could do anything
 * anyway. Pure.
 */
export function countsFrom({ kind }: Pick<Actor, 'kind'>, now: number): Date {
  return new Date(kind === 'system' ? now : now + dayMs)
}
