import type { Failure } from '@owlie/connector-kit'
import { reasonInWords } from './judge.ts'
import type { StopReason } from './stop.ts'

/** Every way the guard says no, with its words. */

/** What a held kind's report says. */
export function guardStopped(label: string, reasons: readonly StopReason[]): Failure {
  return {
    kind: 'conflict',
    code: 'guard.stopped',
    message: `The mass-change guard stopped ${lower(label)}: ${reasons.map(reasonInWords).join('; ')}. Nothing was marked stale.`,
    why: 'So much at once is more often another tenant, a lost permission or a fault than the truth.',
    remedy:
      'Look into the target. If it is right, one admin asks for the release of exactly this set and another confirms it within an hour; if not, put it right and sync again.',
  }
}

export function stopNotFound(): Failure {
  return {
    kind: 'missing',
    code: 'guard.not_found',
    message: 'There is no such guard stop.',
    remedy: 'Look at the list of guard stops.',
  }
}

export function stopIsOver(state: string, why: string | null): Failure {
  return {
    kind: 'conflict',
    code: 'guard.is_over',
    message: `This guard stop is ${state}.`,
    ...(why === null ? {} : { why }),
    remedy: 'Nothing to do here; look at the newest run of the connection.',
  }
}

export function otherSet(): Failure {
  return {
    kind: 'conflict',
    code: 'guard.other_set',
    message: 'This is not the set the guard has stopped now.',
    remedy: 'Look at it again: a later run may have found something else. Then name the hash shown there.',
    field: 'setHash',
  }
}

export function notRequested(): Failure {
  return {
    kind: 'conflict',
    code: 'guard.not_requested',
    message: 'Nobody has asked for this release, or the hour for it is over.',
    remedy: 'One admin asks for the release first; then another confirms it within an hour.',
  }
}

export function secondPersonNeeded(): Failure {
  return {
    kind: 'permission',
    code: 'guard.second_person',
    message: 'The one who asked for a release cannot confirm it.',
    remedy:
      'Ask another admin to sign in and confirm it within the hour. Add one under Settings if there is none.',
  }
}

export function wrongCount(count: number): Failure {
  return {
    kind: 'config',
    code: 'guard.wrong_count',
    message: 'The number typed is not the number of objects that would be marked stale.',
    remedy: `Type ${count} to confirm.`,
    field: 'confirmCount',
  }
}

export function heldByLimit(label: string): Failure {
  return {
    kind: 'conflict',
    code: 'guard.limit_while_stopped',
    message: `The guard holds ${lower(label)} now; until that is decided its limits can only be made stricter.`,
    why: 'Otherwise one person could let through by a wider limit what takes two to release.',
    remedy:
      'Have the stop released by two people, or put the target right and sync again; then change the limit.',
    field: 'metric',
  }
}

export function syncRunning(): Failure {
  return {
    kind: 'conflict',
    code: 'guard.sync_running',
    message: 'A sync of this connection is running, and may find something else.',
    remedy: 'Wait until it has ended, or cancel it; then look at the guard stop again.',
  }
}

function lower(label: string): string {
  return label.charAt(0).toLowerCase() + label.slice(1)
}
