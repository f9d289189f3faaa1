import type { Check, Failure } from '@owlie/connector-kit'
import type { FinishedTestStatus } from '../model/index.ts'

/** Why a test did not come to its own end. */
export type Stop =
  | { readonly why: 'cancelled'; readonly by: string }
  | { readonly why: 'deadline'; readonly seconds: number }
  | { readonly why: 'restart' }
  | { readonly why: 'defect' }

export interface TestVerdict {
  readonly status: FinishedTestStatus
  /** One line. */
  readonly summary: string
  /** As given, but with no row left `running`. */
  readonly checks: readonly Check[]
}

/** The end of a test from its rows. Pure. A test in which no row passed is never `passed`. */
export function summariseTest(given: readonly Check[], stop: Stop | null = null): TestVerdict {
  const checks = closeRows(given, stop)
  const count = (status: Check['status']) => checks.filter((check) => check.status === status).length
  if (stop?.why === 'cancelled' || stop?.why === 'restart') {
    const done = checks.length - count('skipped')
    return { status: 'cancelled', summary: `${stopWords(stop)} ${after(done)}`, checks }
  }
  const failed = count('failed')
  if (failed > 0) {
    const first = checks.find((check) => check.status === 'failed')!
    const more = failed > 1 ? ` ${plural(failed - 1, 'more check')} failed.` : ''
    if (worksInPart(checks))
      return { status: 'warning', summary: `Works in part: ${first.sentence}${more}`, checks }
    return { status: 'failed', summary: `${first.sentence}${more}`, checks }
  }
  if (count('passed') === 0 && count('warning') === 0)
    return { status: 'failed', summary: 'No check was made.', checks }
  const warnings = count('warning')
  if (warnings > 0) {
    const first = checks.find((check) => check.status === 'warning')!
    const words = warnings === 1 ? 'Works, with 1 warning:' : `Works, with ${warnings} warnings. The first:`
    return { status: 'warning', summary: `${words} ${first.sentence}`, checks }
  }
  const skipped = count('skipped')
  const rest = skipped > 0 ? `, ${skipped} not done` : ''
  // A row that was skipped for a failure says what this connection cannot do: that belongs into the one line.
  const limit = checks.find((check) => check.status === 'skipped' && check.failure)
  const summary = `${plural(count('passed'), 'check')} passed${rest}.${limit ? ` ${limit.sentence}` : ''}`
  return { status: 'passed', summary, checks }
}

/**
 * Only permissions are missing, and something could be read all the same: what lacks a permission is left out, the
 * rest of the connection works and must not be held up by it.
 */
function worksInPart(checks: readonly Check[]): boolean {
  const failed = checks.filter((check) => check.status === 'failed')
  const lacksScope = ({ failure }: Check) =>
    failure?.kind === 'permission' && (failure.scopes ?? []).length > 0
  return (
    failed.every(lacksScope) &&
    checks.some((check) => check.name.startsWith('sample:') && check.status === 'passed')
  )
}

/** Rows that had not ended get the end the stop gives them; a stop without such a row gets a row of its own. */
function closeRows(given: readonly Check[], stop: Stop | null): readonly Check[] {
  const isOpen = (check: Check) => check.status === 'running'
  if (!stop) return given.map((check) => (isOpen(check) ? closeRow(check, { why: 'defect' }) : check))
  const checks = given.map((check) => (isOpen(check) ? closeRow(check, stop) : check))
  if (stop.why === 'cancelled' || stop.why === 'restart' || given.some(isOpen)) return checks
  const row: Check = {
    name: 'end',
    label: 'Test finishes',
    status: 'running',
    sentence: '',
    durationMs: null,
  }
  return [...checks, closeRow(row, stop)]
}

function closeRow(check: Check, stop: Stop): Check {
  if (stop.why === 'cancelled' || stop.why === 'restart')
    return { ...check, status: 'skipped', sentence: stopWords(stop) }
  const failure = stop.why === 'deadline' ? tooSlow(check.label, stop.seconds) : defect(check.label)
  return { ...check, status: 'failed', sentence: failure.message, failure }
}

function stopWords(stop: Stop & { why: 'cancelled' | 'restart' }): string {
  return stop.why === 'cancelled' ? `Cancelled by ${stop.by}.` : 'Interrupted by a restart.'
}

function after(done: number): string {
  return done === 0 ? 'No check had ended.' : `${plural(done, 'check')} had ended.`
}

function tooSlow(label: string, seconds: number): Failure {
  return {
    kind: 'unavailable',
    code: 'test.deadline',
    message: `“${label}” did not end before the test was stopped after ${seconds} s.`,
    why: 'The target, or the network to it, answers too slowly.',
    remedy: 'Test again in a minute. If it happens again, check the way from this server to the target.',
  }
}

function defect(label: string): Failure {
  return {
    kind: 'defect',
    code: 'test.defect',
    message: `“${label}” stopped on a fault in Owlie.`,
    remedy: 'Test again. If it happens again, report it with the id of this test.',
  }
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
