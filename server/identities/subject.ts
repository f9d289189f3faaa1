import { looksLikeCredential, type Subject } from '../audit/index.ts'

/**
 * A name for the audit. Anybody can call himself something that looks like a credential, which the audit refuses; that
 * must not keep an admin from deciding about him.
 */
export function nameForAudit(name: string): string {
  return looksLikeCredential(name) ? '(a name that looks like a credential)' : name
}

export function subjectOf({
  id,
  displayName,
}: {
  readonly id: string
  readonly displayName: string
}): Subject {
  return { kind: 'identity', id, name: nameForAudit(displayName) }
}

export function accountDetail(account: {
  readonly id: string
  readonly name: string
  readonly connectionId: string
}): { readonly account: string; readonly name: string; readonly connectionId: string } {
  return { account: account.id, name: nameForAudit(account.name), connectionId: account.connectionId }
}
