import type { Failure } from '@owlie/connector-kit'

/** Every way a sync does not do what was asked, with its words. */

export function alreadyRunning(runId: string): Failure {
  return {
    kind: 'conflict',
    code: 'sync.already_running',
    message: `A sync of this connection is running already (run ${runId}).`,
    remedy: 'Wait for it, or cancel it first.',
  }
}

export function connectionIncomplete(why: string): Failure {
  return {
    kind: 'config',
    code: 'connection.incomplete',
    message: 'The connection is incomplete, so it cannot be synced.',
    why,
    remedy: why,
  }
}

export function runNotFound(): Failure {
  return {
    kind: 'missing',
    code: 'sync.not_found',
    message: 'There is no such sync run.',
    remedy: "Look at the connection's runs.",
  }
}

export function runHasEnded(status: string): Failure {
  return {
    kind: 'conflict',
    code: 'sync.has_ended',
    message: `The run has ended already (${status}).`,
    remedy: 'Nothing to do. Start a new one if you need it.',
  }
}

export function alreadyPaused(): Failure {
  return {
    kind: 'conflict',
    code: 'sync.already_paused',
    message: 'The run is paused already.',
    remedy: 'Resume it to go on, or cancel it.',
  }
}

export function notPaused(): Failure {
  return {
    kind: 'conflict',
    code: 'sync.not_paused',
    message: 'The run is not paused.',
    remedy: 'Nothing to do: it goes on by itself.',
  }
}

export function badCron(cron: string, why: string): Failure {
  return {
    kind: 'config',
    code: 'sync.bad_cron',
    message: `${JSON.stringify(cron.slice(0, 100))} is no schedule.`,
    why,
    remedy:
      'Write five fields: minute, hour, day of month, month, day of week. For example 0 3 * * * is every day at 03:00.',
    field: 'cron',
  }
}

export function cronNever(cron: string): Failure {
  return {
    kind: 'config',
    code: 'sync.cron_never',
    message: `${JSON.stringify(cron)} never comes.`,
    remedy: 'Choose a day that exists in the month.',
    field: 'cron',
  }
}

export function cronTooOften(cron: string): Failure {
  return {
    kind: 'config',
    code: 'sync.cron_too_often',
    message: `${JSON.stringify(cron)} comes more often than every five minutes.`,
    why: 'A full run reads everything, and would mostly wait for the one before it.',
    remedy: 'Let full runs come less often, and choose incremental runs in between.',
    field: 'cron',
  }
}

export function badTimeZone(timeZone: string): Failure {
  return {
    kind: 'config',
    code: 'sync.bad_time_zone',
    message: `There is no time zone ${JSON.stringify(timeZone.slice(0, 100))}.`,
    remedy: 'Use an IANA name, such as Europe/Berlin, America/New_York or UTC.',
    field: 'timeZone',
  }
}

export function badIncremental(): Failure {
  return {
    kind: 'config',
    code: 'sync.bad_incremental',
    message: 'Incremental runs come every 1 to 1440 minutes.',
    remedy: 'Choose a whole number of minutes, or none for full runs only.',
    field: 'incrementalMinutes',
  }
}

export function hintsUnsupported(connector: string): Failure {
  return {
    kind: 'unsupported',
    code: 'sync.no_hints',
    message: `${connector} does not tell what has changed, so every run reads everything.`,
    remedy: 'Nothing to do: full runs find every change.',
  }
}

export function noBase(): Failure {
  return {
    kind: 'conflict',
    code: 'sync.no_base',
    message: 'There is no complete full run yet that an incremental one could go on from.',
    remedy: 'Start a full run. Once it has ended complete, incremental runs follow.',
  }
}

export function settingsChanged(): Failure {
  return {
    kind: 'conflict',
    code: 'sync.settings_changed',
    message: "The connection's settings were changed since the last complete full run.",
    why: 'Other settings may show other objects, which no hint names.',
    remedy: 'Start a full run.',
  }
}

export function hintsLost(why: Failure): Failure {
  return {
    kind: 'conflict',
    code: 'sync.hints_lost',
    message: `It is not known what has changed since the last run: ${why.message}`,
    ...(why.why ? { why: why.why } : {}),
    remedy: 'A full run finds out. It was started; if it did not end complete, start another one.',
  }
}

export function moreThanFull(most: number): Failure {
  return {
    kind: 'conflict',
    code: 'sync.more_than_full',
    message: `More has changed than a full run takes to read (${most.toLocaleString('en')} requests).`,
    remedy: 'A full run is cheaper.',
  }
}

export function tooMuchChanged(label: string, reasons: readonly string[]): Failure {
  return {
    kind: 'conflict',
    code: 'sync.too_much_changed',
    message: `More of ${lower(label)} has changed than may without a second look: ${reasons.join('; ')}.`,
    remedy: 'A full run finds out; the mass-change guard judges it.',
  }
}

export function badHint(what: string): Failure {
  return {
    kind: 'defect',
    code: 'sync.bad_hint',
    message: `The connector hinted a change that cannot be followed: ${what}.`,
    remedy: 'Report it as a defect of the connector.',
  }
}

export function noSchedule(): Failure {
  return {
    kind: 'missing',
    code: 'sync.no_schedule',
    message: 'This connection has no schedule.',
    remedy: 'Set one first.',
  }
}

export function prerequisiteNotComplete(label: string, prerequisite: string): Failure {
  return {
    kind: 'conflict',
    code: 'sync.prerequisite_not_complete',
    message: `${label} were skipped, because ${lower(prerequisite)} did not end complete in this run.`,
    remedy: `Put right what stopped ${lower(prerequisite)}, then sync again.`,
  }
}

export function kindUnsupported(label: string): Failure {
  return {
    kind: 'unsupported',
    code: 'sync.kind_unsupported',
    message: `${label} were skipped: the connector cannot read them.`,
    remedy: 'Nothing to do: everything else works.',
  }
}

/** For connectors without words of their own. */
export function scopesMissing(connector: string, scopes: readonly string[], capability: string): Failure {
  const list = scopes.join(', ')
  return {
    kind: 'permission',
    code: `${connector}.insufficient_scope`,
    message: `To ${capability}, the application needs ${list}, which is not granted.`,
    remedy: `Grant ${list}: add it, then retry.`,
    field: 'scopes',
    scopes,
    capability,
  }
}

export function emptyAnswer(label: string, present: number): Failure {
  return {
    kind: 'conflict',
    code: 'sync.guard_empty',
    message: `The target answered that there are no ${lower(label)}, but ${count(present, 'is', 'are')} known. Nothing was marked stale.`,
    why: 'An empty answer for a kind that was not empty is more often a fault, another tenant or a lost permission than the truth.',
    remedy:
      'Look into the target: if they are there, sync again; if they are really gone, two admins can release it.',
  }
}

/** A kind that was read well, on ground that is in doubt. */
export function heldWith(label: string, ground: string): Failure {
  return {
    kind: 'conflict',
    code: 'sync.held_with',
    message: `${label} were read, but ${lower(ground)} are held by the mass-change guard. Nothing was marked stale.`,
    remedy: `Decide about ${lower(ground)} first; the next run then marks what is due.`,
  }
}

export function namelessRecords(label: string, nameless: number): Failure {
  return {
    kind: 'defect',
    code: 'sync.unreadable_records',
    message: `${count(nameless, 'record', 'records')} among ${lower(label)} could not be understood and had no id. Nothing was marked stale.`,
    why: 'Nobody knows which objects they are, so none may be taken for missing.',
    remedy: 'See the quarantined records of this run; report them as a defect of the connector.',
  }
}

export function notCarried(label: string, carrier: string): Failure {
  return {
    kind: 'unavailable',
    code: 'sync.not_carried',
    message: `Not every page of ${lower(carrier)} told about ${lower(label)}, so some may be missing. Nothing was marked stale.`,
    remedy:
      'Look whether the permission for it was taken away or a container removed meanwhile, then sync again.',
  }
}

export function cursorRepeated(label: string): Failure {
  return {
    kind: 'defect',
    code: 'sync.cursor_repeated',
    message: `Reading ${lower(label)} was stopped: the list led back to a place it had been at before.`,
    remedy: 'Sync again; if it happens again, report it as a defect of the connector.',
  }
}

export function noProgress(label: string, pages: number): Failure {
  return {
    kind: 'defect',
    code: 'sync.no_progress',
    message: `Reading ${lower(label)} was stopped after ${pages} pages, because the later half brought nothing new.`,
    remedy: 'Sync again; if it happens again, report it as a defect of the connector.',
  }
}

export function badPage(why: string): Failure {
  return {
    kind: 'defect',
    code: 'sync.bad_page',
    message: 'The connector returned a page that cannot be one.',
    why,
    remedy: 'Report it as a defect of the connector.',
  }
}

export function connectorThrew(name: string): Failure {
  return {
    kind: 'defect',
    code: 'sync.connector_threw',
    message: 'The connector ended with an error of its own.',
    why: name,
    remedy: "Report it as a defect of the connector; the server's log has the details.",
  }
}

export function gaveUp(minutes: number, last: Failure): Failure {
  return {
    ...last,
    code: 'sync.gave_up',
    message: `No progress for ${minutes} minutes. Last: ${last.message}`,
    why: last.why ? `${last.code}: ${last.why}` : last.code,
  }
}

export function interruptedTooOften(times: number): Failure {
  return {
    kind: 'defect',
    code: 'sync.interrupted_too_often',
    message: `The run was interrupted ${times} times in a row without reading a page.`,
    why: 'The process that works on it dies each time: it may run out of memory, or somebody ends it.',
    remedy: "Look into the server's log and memory, then start a new run.",
  }
}

export function ownFault(code: string): Failure {
  return {
    kind: 'defect',
    code: 'sync.defect',
    message: 'The run ended by a fault of Owlie.',
    why: code,
    remedy: "Report it; the server's log has the details. Then start a new run.",
  }
}

function lower(label: string): string {
  return label.charAt(0).toLowerCase() + label.slice(1)
}

function count(many: number, one: string, more: string): string {
  return `${many.toLocaleString('en')} ${many === 1 ? one : more}`
}
