import type { Failure } from '@owlie/connector-kit'

export const baselineNotFound: Failure = {
  kind: 'missing',
  code: 'baseline.not_found',
  message: 'There is no such baseline.',
  remedy: 'Take one at /admin/drift/baseline.',
}

export const baselineRunning: Failure = {
  kind: 'conflict',
  code: 'baseline.running',
  message: 'A baseline of this connection is being taken.',
  remedy: 'Wait for it to end, or cancel it.',
}

export const baselineEnded: Failure = {
  kind: 'conflict',
  code: 'baseline.ended',
  message: 'This baseline has ended.',
  remedy: 'Nothing to do.',
}

export const nothingChosen: Failure = {
  kind: 'config',
  code: 'baseline.nothing_chosen',
  message: 'A baseline needs at least one kind.',
  remedy: 'Choose the kinds whose present state is as it should be.',
  field: 'kinds',
}

export function kindUnknown(kind: string): Failure {
  return {
    kind: 'config',
    code: 'baseline.unknown_kind',
    message: `${JSON.stringify(kind.slice(0, 60))} is no kind of this connection that can be a matter of intent.`,
    remedy: 'Choose from the kinds the preview lists.',
    field: 'kinds',
  }
}

export function kindIncomplete(label: string): Failure {
  return {
    kind: 'conflict',
    code: 'baseline.incomplete',
    message: `${label} have never been read completely, so what is there now is not known.`,
    remedy: 'Run a sync that reads them completely, or leave them out.',
    field: 'kinds',
  }
}
