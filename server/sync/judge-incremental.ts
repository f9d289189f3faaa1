import type { Connector, Failure } from '@owlie/connector-kit'
import { hintsLost, hintsUnsupported, noBase, scopesMissing, settingsChanged } from './failures.ts'

/** Up to where the hints of a connection have been followed. */
export interface HintState {
  readonly connectionVersion: number
  readonly lost: Failure | null
}

export interface IncrementalInput {
  readonly connector: Connector
  /** The scopes entered for the connection. */
  readonly entered: readonly string[]
  readonly connectionVersion: number
  /** Null before the first complete full run that took the target's marker. */
  readonly checkpoint: HintState | null
}

/** Why only a full run tells what is, or null when an incremental one can. First what a person can put right. Pure. */
export function incrementalObstacle(input: IncrementalInput): Failure | null {
  const { connector, entered, checkpoint } = input
  const lack = hintsObstacle(connector, entered)
  if (lack) return lack
  if (!checkpoint) return noBase()
  if (checkpoint.lost) return hintsLost(checkpoint.lost)
  return checkpoint.connectionVersion === input.connectionVersion ? null : settingsChanged()
}

/** Why a connection gives no hints at all, whatever was read before. Pure. */
export function hintsObstacle(connector: Connector, scopes: readonly string[]): Failure | null {
  const { hints, manifest } = connector
  if (!hints) return hintsUnsupported(manifest.label)
  const missing = hints.scopes.filter((scope) => !scopes.includes(scope))
  if (missing.length === 0) return null
  return (
    connector.missingScopes?.(missing, hints.capability) ??
    scopesMissing(manifest.name, missing, hints.capability)
  )
}
