import type { OperationState } from './operation.ts'

/** Every way an operation may go. SQL guards, the documents and the buttons come from this table. */
export const transitions: Readonly<Record<OperationState, readonly OperationState[]>> = {
  planning: ['planned', 'applied', 'refused', 'failed', 'cancelled', 'approved'],
  planned: ['approved', 'planning', 'cancelled'],
  approved: ['applying', 'planning', 'failed', 'cancelled'],
  // Back to planning: what the plan goes by has moved.
  applying: ['applied', 'failed', 'tried', 'planning', 'cancelled'],
  tried: ['approved', 'planning', 'cancelled'],
  // Recovery plans the rest anew.
  failed: ['planning'],
  cancelled: ['planning'],
  applied: [],
  refused: ['planning'],
}

export function mayGo(from: OperationState, to: OperationState): boolean {
  return transitions[from].includes(to)
}

/** The states from which one may go there, for an update's where clause. */
export function statesBefore(to: OperationState): readonly OperationState[] {
  return (Object.keys(transitions) as OperationState[]).filter((from) => transitions[from].includes(to))
}

export const finished: readonly OperationState[] = ['applied', 'failed', 'refused', 'cancelled']

export type Verb = 'approve' | 'cancel' | 'recover' | 'replan'

const verbs: Readonly<
  Record<Verb, { readonly from: readonly OperationState[]; readonly otherwise: string }>
> = {
  approve: { from: ['planned', 'tried'], otherwise: 'There is no plan that waits for approval.' },
  cancel: {
    from: ['planning', 'planned', 'approved', 'applying', 'tried'],
    otherwise: 'The operation has ended.',
  },
  recover: { from: ['failed', 'cancelled', 'refused'], otherwise: 'Nothing was left undone.' },
  replan: { from: ['planned', 'tried'], otherwise: 'There is no plan to be made anew.' },
}

/** Null when it may be done; else why not. */
export function reasonNotTo(verb: Verb, state: OperationState): string | null {
  const { from, otherwise } = verbs[verb]
  return from.includes(state) ? null : otherwise
}
