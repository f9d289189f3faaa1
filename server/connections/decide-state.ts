import { failureRules, type Check, type ConfigField } from '@owlie/connector-kit'
import type { ConnectionState, FinishedTestStatus } from '../model/index.ts'
import { isChanged, lossOf, type Material } from './decide-update.ts'

export interface StateVerdict {
  readonly state: ConnectionState
  /** For a person, with what to do; null when ready. */
  readonly stateReason: string | null
}

/** What the test named while saving says about exactly the values being saved. */
export type Evidence =
  | { readonly is: 'none' }
  /** The named test is unknown, too old, still running, or was of other values. */
  | { readonly is: 'unfit' }
  | { readonly is: 'test'; readonly status: FinishedTestStatus; readonly summary: string }

const testIt = 'Run Test connection.'

/** The state a connection has once `material` is saved over a connection that was `before` (null: a new one). Pure. */
export function decideState(
  material: Material,
  before: StateVerdict | null,
  evidence: Evidence,
): StateVerdict {
  const missing = reasonForMissing(material)
  if (missing) return incomplete(missing)
  if (evidence.is === 'test') return stateOfTest(evidence.status, evidence.summary)
  if (before && !isChanged(material)) return before
  if (evidence.is === 'unfit') return incomplete(`The test was not of these values. ${testIt}`)
  return incomplete(before ? `Not tested since the last change. ${testIt}` : `Not tested yet. ${testIt}`)
}

/**
 * Whether saving would drop a credential that works for one nobody has seen work. (A credential that goes because it
 * may not be sent to a new place is another matter: that is the point of the edit.) Pure.
 */
export function replacesUntested(material: Material, before: StateVerdict, evidence: Evidence): boolean {
  const worked = evidence.is === 'test' && (evidence.status === 'passed' || evidence.status === 'warning')
  return before.state === 'ready' && material.set.length > 0 && material.rebound.length === 0 && !worked
}

/**
 * The state after a test of exactly what is saved. A test that failed only because the target could not be reached
 * or asked us to wait says nothing about the settings: a connection that was ready stays so. Pure.
 */
export function stateAfterTest(
  before: StateVerdict,
  status: FinishedTestStatus,
  summary: string,
  checks: readonly Check[],
): StateVerdict {
  if (status === 'cancelled') return before
  if (status === 'failed' && before.state === 'ready' && isPassing(checks)) return before
  return stateOfTest(status, summary)
}

function stateOfTest(status: FinishedTestStatus, summary: string): StateVerdict {
  switch (status) {
    case 'passed':
    case 'warning':
      return { state: 'ready', stateReason: null }
    case 'failed':
      return incomplete(`The last test failed: ${summary}`)
    case 'cancelled':
      return incomplete(`The last test was not finished. ${testIt}`)
  }
}

/** True when every failed row will pass by itself later. */
function isPassing(checks: readonly Check[]): boolean {
  const failed = checks.filter((check) => check.status === 'failed')
  return failed.every((check) => {
    const again = check.failure && failureRules[check.failure.kind].again
    return again === 'at' || again === 'backoff'
  })
}

function reasonForMissing(material: Material): string | null {
  const { missing, dropped, rebound } = material
  if (missing.length === 0) return null
  const losses = missing.map((field) => lossOf(field, dropped))
  const names = labels(missing)
  if (losses.every((loss) => loss === 'value'))
    return (
      `${names} was removed because ${labels(rebound)} changed: a secret is only ever sent where it was entered for. ` +
      `Enter it again, then test.`
    )
  if (losses.every((loss) => loss === 'key'))
    return (
      `The key pair was removed because ${labels(rebound)} changed: a key belongs to the application it was made for. ` +
      `Make a new one, then test.`
    )
  return `${names} is missing. Enter it, then test.`
}

function labels(fields: readonly ConfigField[]): string {
  return new Intl.ListFormat('en', { type: 'conjunction' }).format(fields.map((field) => field.label))
}

function incomplete(stateReason: string): StateVerdict {
  return { state: 'incomplete', stateReason }
}
