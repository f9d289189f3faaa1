import type { Failure } from '@owlie/connector-kit'

/** An expected no, with every problem found. Never empty. */
export interface Refusal {
  readonly refused: readonly Failure[]
}

export function refuse(first: Failure, ...more: readonly Failure[]): Refusal {
  return { refused: [first, ...more] }
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && Array.isArray((value as Partial<Refusal>).refused)
}
