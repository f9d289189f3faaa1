import type { Failure } from '@owlie/connector-kit'
import type { GuardVerdict } from './guard-decision.ts'

export const driftNotFound: Failure = {
  kind: 'missing',
  code: 'drift.not_found',
  message: 'None of these disagreements is open.',
  remedy: 'Load the list again: they are over, or have been decided by somebody else.',
}

export const driftMoved: Failure = {
  kind: 'conflict',
  code: 'drift.moved',
  message: 'What is, or what ought to be, has moved since this was listed.',
  remedy: 'Wait for the next comparison, a few seconds after each sync, and look again.',
}

export const operationUnderWay: Failure = {
  kind: 'conflict',
  code: 'drift.under_way',
  message: 'An operation is putting this back already.',
  remedy: 'Wait for it to end, or cancel the operation.',
}

export const nothingToUndo: Failure = {
  kind: 'conflict',
  code: 'drift.not_undoable',
  message: 'Nothing of this decision can be undone any more.',
  remedy: 'It was undone before, decided again, or taken up by an operation. Decide anew instead.',
}

export const tooMany: Failure = {
  kind: 'config',
  code: 'drift.too_many',
  message: 'More than 50,000 disagreements at once cannot be decided.',
  remedy: 'Narrow the filter, or set a policy for the kind.',
  field: 'filter',
}

export function confirmationNeeded({ count, reason }: GuardVerdict): Failure {
  return {
    kind: 'conflict',
    code: 'drift.guard',
    message: `This decision is large: ${reason}`,
    remedy: `Look at the preview, then confirm with the number: ${count}.`,
    field: 'confirm',
  }
}

export function kindUnknown(kind: string): Failure {
  return {
    kind: 'config',
    code: 'drift.unknown_kind',
    message: `${JSON.stringify(kind.slice(0, 60))} is no kind of this connection that can be a matter of intent.`,
    remedy: 'Choose one of the kinds in the list of policies.',
    field: 'kind',
  }
}

export const badGrace: Failure = {
  kind: 'config',
  code: 'drift.bad_grace',
  message: 'The grace is a number of seconds from 0 to 86,400.',
  remedy: 'Enter 60 for one minute, the default.',
  field: 'graceSeconds',
}

export const badCursor: Failure = {
  kind: 'rejected',
  code: 'drift.bad_cursor',
  message: '`after` is not a place in this list.',
  remedy: 'Use `next` of the page before unchanged, or leave `after` out to start at the beginning.',
  field: 'after',
}
