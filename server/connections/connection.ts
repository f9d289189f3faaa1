import type { Check, CustomRate } from '@owlie/connector-kit'
import type { ConnectionState, TestStatus } from '../model/index.ts'

/** Never a value: only that a secret is there, since when and by whom. */
export interface SecretStatus {
  readonly field: string
  readonly configured: boolean
  /** Null when not configured, and for secrets too short or not of plain characters. */
  readonly lastFour: string | null
  readonly setBy: string | null
  readonly setAt: Date | null
  /** Of a private key: its public half, PEM. */
  readonly publicKey: string | null
}

export interface Connection {
  readonly id: string
  readonly name: string
  /** The connector's name in its manifest. */
  readonly connector: string
  readonly config: Readonly<Record<string, string>>
  readonly secrets: readonly SecretStatus[]
  /** The target's rate plan: one of the connector's, its own figures, or `unknown`, when its answers say. */
  readonly ratePlan: string | CustomRate
  /** The part of each rate limit left to the target's other users: 0…0.9. */
  readonly reserve: number
  readonly state: ConnectionState
  /** Why it is incomplete, and what to do; null when ready. */
  readonly stateReason: string | null
  /** Counts edits. An edit names the version it was made on. */
  readonly version: number
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly updatedBy: string
  readonly lastTest: ConnectionTest | null
}

export interface ConnectionTest {
  readonly id: string
  /** Null for a draft that was not saved. */
  readonly connectionId: string | null
  readonly connector: string
  readonly status: TestStatus
  /** One line. */
  readonly summary: string
  readonly checks: readonly Check[]
  /** What the target really granted; null when no token was got, and while running. */
  readonly grantedScopes: readonly string[] | null
  readonly startedAt: Date
  readonly finishedAt: Date | null
  readonly actor: string
}
