import type { Check } from '@owlie/connector-kit'
import { record } from '../audit/index.ts'
import type { TenantTx } from '../db/index.ts'
import type { Keyring } from '../secrets/index.ts'
import { savedRate } from './check-rate.ts'
import { takeKey } from './keys.ts'
import { storeSecrets } from './secrets.ts'
import type { Candidate, StartedTest } from './start-test.ts'
import * as store from './store.ts'
import type { TestVerdict } from './summarise-test.ts'

/**
 * The end of the test of a new credential. It takes the old one's place only when it worked and nobody changed the
 * connection meanwhile; otherwise the old one stays in use, and the test says so in a row of its own.
 * The caller holds the connection's lock. `row` is undefined when the connection is gone.
 */
export async function settleReplacement(
  trx: TenantTx,
  keyring: Keyring,
  started: StartedTest & { readonly candidate: Candidate },
  row: store.ConnectionRow | undefined,
  verdict: TestVerdict,
): Promise<TestVerdict> {
  const { candidate, actor, test } = started
  const end = decideReplacement(candidate, row?.version ?? null, verdict)
  if (!row) return end.verdict
  const subject = { kind: 'connection', id: row.id, name: row.name }
  const detail = { connector: row.connector, testId: test.id, field: candidate.field }
  if (end.replaces) {
    const version = row.version + 1
    const by = actor.name
    const { name, config } = row
    const ready = { state: 'ready', stateReason: null } as const
    await store.updateConnection(trx, row.id, { name, config, rate: savedRate(row), ...ready, by })
    await store.deleteSecrets(trx, row.id, candidate.drops)
    const secret = started.secrets[candidate.field]!
    await storeSecrets(
      trx,
      keyring,
      { tenantId: actor.tenantId, connectionId: row.id },
      { config, secrets: { [candidate.field]: secret }, publicKeys: candidate.publicKeys, version, by },
    )
    await takeKey(trx, candidate.keyId)
    const deleted = candidate.drops.length > 0 ? { deleted: candidate.drops.join(' ') } : {}
    await record(trx, {
      actor,
      action: 'connection.credential_replaced',
      subject,
      detail: { ...detail, ...deleted, version },
    })
  } else {
    const reason = end.reason
    await record(trx, {
      actor,
      action: 'connection.credential_kept',
      subject,
      detail: { ...detail, reason },
    })
  }
  return end.verdict
}

type End = { readonly verdict: TestVerdict } & (
  { readonly replaces: true } | { readonly replaces: false; readonly reason: string }
)

/** What becomes of a tested credential. `versionNow`: of the connection, null when it is gone. Pure. */
export function decideReplacement(
  candidate: Pick<Candidate, 'label' | 'version'>,
  versionNow: number | null,
  verdict: TestVerdict,
): End {
  const { label } = candidate
  const row = (status: Check['status'], sentence: string): Check => ({
    name: 'replacement',
    label: `New ${label}`,
    status,
    sentence,
    durationMs: null,
  })
  const worked = verdict.status === 'passed' || verdict.status === 'warning'
  if (worked && versionNow === candidate.version) {
    const sentence = `The new ${label} works and is in use now; the old credential is forgotten.`
    return { replaces: true, verdict: { ...verdict, checks: [...verdict.checks, row('passed', sentence)] } }
  }
  const reason = worked ? 'The connection was changed during the test.' : verdict.summary
  const kept = 'The old credential stays in use.'
  const summary = worked ? `${reason} ${kept}` : `${verdict.summary} ${kept}`
  const status = worked ? 'failed' : verdict.status
  const checks = [...verdict.checks, row('skipped', worked ? `${reason} ${kept}` : kept)]
  return { replaces: false, reason, verdict: { status, summary, checks } }
}
