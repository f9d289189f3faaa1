import type { Manifest, Secret } from '@owlie/connector-kit'
import { savedRate } from './check-rate.ts'
import type { Connection, ConnectionTest, SecretStatus } from './connection.ts'
import type { ConnectionRow, SecretRow, TestRow } from './store.ts'
import { summariseTest } from './summarise-test.ts'

/** A connection as everybody may see it: built up from named fields, so that a sealed value has no way in. */
export function toConnection(
  row: ConnectionRow,
  secrets: readonly SecretRow[],
  lastTest: TestRow | undefined,
  manifest: Manifest | undefined,
): Connection {
  return {
    id: row.id,
    name: row.name,
    connector: row.connector,
    config: row.config,
    secrets: secretStatuses(secrets, manifest),
    ...savedRate(row),
    state: row.state,
    stateReason: row.state_reason,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    updatedBy: row.updated_by,
    lastTest: lastTest ? toTest(lastTest) : null,
  }
}

/** A test whose process is gone is shown as cancelled at its last sign of life, whoever asks first. */
export function toTest(row: TestRow): ConnectionTest {
  const ended = row.interrupted ? summariseTest(row.checks, { why: 'restart' }) : row
  return {
    id: row.id,
    connectionId: row.connection_id,
    connector: row.connector,
    status: ended.status,
    summary: ended.summary,
    checks: ended.checks,
    grantedScopes: row.granted_scopes,
    startedAt: row.started_at,
    finishedAt: row.interrupted ? row.alive_at : row.finished_at,
    actor: row.actor_name,
  }
}

/** Every secret the connector asks for; where a key pair stands in the place of one, the key pair. */
function secretStatuses(rows: readonly SecretRow[], manifest: Manifest | undefined): readonly SecretStatus[] {
  const declared = manifest?.fields.filter((field) => field.input === 'secret')
  const stored = rows.map((row) => row.field)
  const fields = declared?.map(({ name, keyPair }) => (keyPair && stored.includes(keyPair) ? keyPair : name))
  return (fields ?? stored).map((field) => {
    const row = rows.find((candidate) => candidate.field === field)
    return {
      field,
      configured: row !== undefined,
      lastFour: row?.last_four ?? null,
      setBy: row?.set_by ?? null,
      setAt: row?.set_at ?? null,
      publicKey: row?.public_key ?? null,
    }
  })
}

/** The last four characters, to tell two secrets apart; null when they would give away too much or say nothing. */
export function lastFourOf(secret: Secret): string | null {
  const plain = secret.reveal()
  return /^[\w.~+/-]{20,}$/.test(plain) ? plain.slice(-4) : null
}
