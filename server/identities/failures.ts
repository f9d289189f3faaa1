import type { Failure } from '@owlie/connector-kit'

/** Every way a decision about identities is refused, with its words. */

export function identityNotFound(): Failure {
  return {
    kind: 'missing',
    code: 'identity.not_found',
    message: 'There is no such identity.',
    remedy: 'Look for it in the list of identities.',
  }
}

export function accountNotFound(): Failure {
  return {
    kind: 'missing',
    code: 'identity.account_not_found',
    message: 'There is no such account.',
    remedy: 'Look for it in the list of accounts; it may have been removed.',
  }
}

export function identityWasMerged(name: string, into: string): Failure {
  return {
    kind: 'conflict',
    code: 'identity.was_merged',
    message: `${name} was merged into another identity (${into}).`,
    remedy: 'Use that one, or undo the merge first.',
  }
}

export function changedMeanwhile(): Failure {
  return {
    kind: 'conflict',
    code: 'identity.changed_meanwhile',
    message: 'Somebody changed it since you looked.',
    remedy: 'Look at it again, then decide.',
  }
}

export function linkedElsewhere(name: string): Failure {
  return {
    kind: 'conflict',
    code: 'identity.linked_elsewhere',
    message: `The account is linked to ${name}.`,
    remedy: 'Move it from there, if it belongs to the other identity.',
  }
}

export function notLinked(): Failure {
  return {
    kind: 'conflict',
    code: 'identity.not_linked',
    message: 'The account is not linked to this identity.',
    remedy: 'Look at it again; somebody may have moved it.',
  }
}

export function mergeIntoItself(): Failure {
  return {
    kind: 'config',
    code: 'identity.merge_into_itself',
    message: 'An identity cannot be merged into itself.',
    remedy: 'Choose two different identities.',
  }
}

export function notMerged(): Failure {
  return {
    kind: 'conflict',
    code: 'identity.not_merged',
    message: 'This identity is not merged into another.',
    remedy: 'There is nothing to undo.',
  }
}

export function mergeIsCovered(name: string): Failure {
  return {
    kind: 'conflict',
    code: 'identity.merge_is_covered',
    message: `${name}, which it was merged into, was itself merged into another identity since.`,
    remedy: 'Undo that merge first.',
  }
}

export function nameMissing(): Failure {
  return {
    kind: 'config',
    code: 'identity.name_missing',
    message: 'An identity without accounts needs a name.',
    remedy: 'Enter one.',
    field: 'display_name',
  }
}

export function unknownAttribute(name: string, known: readonly string[]): Failure {
  return {
    kind: 'config',
    code: 'identity.unknown_attribute',
    message: `Identities have no attribute ${JSON.stringify(name.slice(0, 60))}.`,
    remedy: `Choose from: ${known.join(' ')}.`,
    field: name.slice(0, 60),
  }
}

export function badValue(name: string, why: string): Failure {
  return {
    kind: 'config',
    code: 'identity.bad_value',
    message: why,
    remedy: 'Correct it, or leave it empty.',
    field: name,
  }
}

export function unknownSource(source: string): Failure {
  return {
    kind: 'config',
    code: 'identity.unknown_source',
    message: `There is no connection ${JSON.stringify(source.slice(0, 60))}.`,
    remedy: 'Name connections by their ids, and `manual` for what was entered by hand.',
    field: 'sources',
  }
}

export function badReason(): Failure {
  return {
    kind: 'config',
    code: 'identity.bad_reason',
    message: 'The reason is longer than 500 characters, or looks like a password or key.',
    remedy: 'Say it in a sentence.',
    field: 'reason',
  }
}
