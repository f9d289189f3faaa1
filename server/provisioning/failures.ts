import type { Failure } from '@owlie/connector-kit'
import type { OperationState } from './operation.ts'

export const operationNotFound: Failure = {
  kind: 'missing',
  code: 'operation.not_found',
  message: 'There is no such operation.',
  remedy: 'See the operations at /admin/operations.',
}

export function readsOnly(label: string): Failure {
  return {
    kind: 'unsupported',
    code: 'operation.read_only_connector',
    message: `${label} can only be read.`,
    remedy: 'Make the change there.',
  }
}

export const nothingWished: Failure = {
  kind: 'rejected',
  code: 'operation.empty',
  message: 'The operation wishes for nothing.',
  remedy: 'Name at least one action.',
  field: 'items',
}

export function tooLarge(most: number): Failure {
  return {
    kind: 'rejected',
    code: 'operation.too_large',
    message: `An operation can hold ${most.toLocaleString('en')} changes at most.`,
    remedy: 'Make several operations.',
    field: 'items',
  }
}

export const tooMuchText: Failure = {
  kind: 'rejected',
  code: 'operation.too_large',
  message: 'The values of the operation are too long for so many changes.',
  remedy: 'Make several operations, or shorten the values.',
  field: 'items',
}

export const badKey: Failure = {
  kind: 'rejected',
  code: 'operation.bad_key',
  message: 'An idempotency key is 1 to 200 printable characters.',
  remedy: 'Use an id of your own for this wish, such as a ticket number.',
  field: 'idempotencyKey',
}

export const keyReused: Failure = {
  kind: 'conflict',
  code: 'operation.key_reused',
  message: 'This idempotency key was used for another wish.',
  remedy: 'Use a new key for a new wish; the same key always means the same one.',
  field: 'idempotencyKey',
}

/** About a file of wishes, or one of its lines. */
export function lineProblem(what: string, message: string, field?: string): Failure {
  return {
    kind: 'rejected',
    code: `wishes.${what}`,
    message,
    remedy: 'Mend the file and read it again.',
    ...(field ? { field } : {}),
  }
}

export function unknownObject(label: string, ids: readonly string[], item: number, name: string): Failure {
  const shown = ids.slice(0, 3).join(', ')
  return {
    kind: 'missing',
    code: 'operation.unknown_object',
    message: `There is no ${label} ${shown}${ids.length > 3 ? ` (and ${ids.length - 3} more)` : ''} in the inventory.`,
    remedy: 'Check the id. If it is new in the target, run a sync first.',
    field: `items.${item}.target.${name}`,
  }
}

export function notNow(state: OperationState, why: string): Failure {
  return {
    kind: 'conflict',
    code: `operation.is_${state}`,
    message: why,
    remedy: 'Look at the operation again.',
  }
}

export const planChanged: Failure = {
  kind: 'conflict',
  code: 'plan.stale',
  message: 'The plan is no longer the one you looked at.',
  remedy: 'Look at the new plan and what moved, then approve that.',
  field: 'hash',
}

export function countWrong(count: number): Failure {
  return {
    kind: 'rejected',
    code: 'plan.confirm_count',
    message: `This plan takes ${count} ${count === 1 ? 'thing' : 'things'} away.`,
    remedy: `Type ${count} to approve it.`,
    field: 'confirmCount',
  }
}

export function secondPersonWanted(why: string): Failure {
  return {
    kind: 'conflict',
    code: 'guard.second_person',
    message: why,
    remedy: 'Another admin has to approve it too.',
  }
}

export function noSuchAction(name: string): Failure {
  return {
    kind: 'missing',
    code: 'approval_rule.no_action',
    message: `The connector has no action ${name}.`,
    remedy: 'See the actions at /admin/operations/new.',
    field: 'action',
  }
}

export const ruleTakesAway: Failure = {
  kind: 'rejected',
  code: 'approval_rule.destructive',
  message: 'What takes something away always needs a person’s approval.',
  remedy: 'Choose an action that only gives or changes.',
  field: 'action',
}

export const ruleOutOfRange: Failure = {
  kind: 'rejected',
  code: 'approval_rule.most',
  message: 'A rule lets 1 to 1,000 changes a day through.',
  remedy: 'Enter a whole number from 1 to 1000, or take the rule away.',
  field: 'most',
}

export const ownDefect: Failure = {
  kind: 'defect',
  code: 'operation.defect',
  message: 'Owlie failed to work on this operation several times.',
  remedy: 'Recover it; if that does not help, report this to Owlie with the id of the operation.',
}

export function stepsFailed(failed: number, left: number): Failure {
  return {
    kind: 'conflict',
    code: 'operation.incomplete',
    message: `${failed} ${failed === 1 ? 'step' : 'steps'} did not work${left > 0 ? ` and ${left} ${left === 1 ? 'was' : 'were'} not tried` : ''}.`,
    remedy:
      'See each step for the reason, put it right, then recover the operation: it does only what is left.',
  }
}
