import { sql } from 'kysely'
import type { TenantTx } from '../db/index.ts'
import type { Actor } from '../model/index.ts'
import { type AuditDetail, checkDetail, checkText } from './detail.ts'
import { canonical, type Link, origin } from './chain.ts'

/** What it was done to: `connection`, `sync_run`, `api_key`, `operator`, … */
export interface Subject {
  readonly kind: string
  readonly id: string
  /** As shown to people, at the time. */
  readonly name?: string
}

export interface NewAuditEvent {
  readonly actor: Actor
  /** `noun.verb_in_past`, e.g. `connection.created`. */
  readonly action: string
  readonly subject: Subject
  readonly detail?: AuditDetail
}

export interface AuditEvent {
  readonly seq: number
  /** ISO 8601, UTC, milliseconds. */
  readonly at: string
  readonly actor: { readonly kind: string; readonly id: string; readonly name: string }
  readonly action: string
  readonly subject: Subject
  readonly detail: Readonly<Record<string, string | number | boolean | null>>
  readonly hash: string
}

/** The last event's place. Kept elsewhere (printed, mailed, another system) it proves that nothing before it was rewritten. */
export interface AuditHead {
  readonly seq: number
  readonly hash: string
}

const actionShape = /^[a-z][a-z_]*(\.[a-z][a-z_]*)+$/

/**
 * Appends one event in the caller's transaction and returns its number. Call it last: it locks the tenant's chain
 * until the transaction ends.
 * @throws TypeError for a detail that is not allowed; Error when the actor is of another tenant.
 */
export async function record(trx: TenantTx, event: NewAuditEvent): Promise<number> {
  const { actor, action, subject } = event
  if (!actionShape.test(action)) throw new TypeError('an audit action is noun.verb, lower case')
  const content = canonical({
    action,
    actor: {
      kind: actor.kind,
      id: checkText('actor id', actor.id),
      name: checkText('actor name', actor.name),
    },
    detail: checkDetail(event.detail ?? {}),
    subject: {
      kind: checkText('subject kind', subject.kind),
      id: checkText('subject id', subject.id),
      ...(subject.name === undefined ? {} : { name: checkText('subject name', subject.name) }),
    },
  })
  const { rows } = await sql<{ seq: number }>`
    select owlie_audit_append(${actor.tenantId}, ${content}) as seq`.execute(trx)
  return rows[0]!.seq
}

export interface AuditQuery {
  /** At most this many, 1–1000. */
  readonly first: number
  /** `next` of the page before. */
  readonly after?: number | null
  readonly action?: string
  readonly actorId?: string
  readonly subjectId?: string
}

/** Newest first. `next` is null on the last page. */
export async function list(
  trx: TenantTx,
  query: AuditQuery,
): Promise<{ readonly events: readonly AuditEvent[]; readonly next: number | null }> {
  const first = Math.min(Math.max(Math.trunc(query.first), 1), 1000)
  let select = trx
    .selectFrom('audit_event')
    .select(linkColumns)
    .orderBy('seq', 'desc')
    .limit(first + 1)
  if (query.after) select = select.where('seq', '<', query.after)
  if (query.action) select = select.where('action', '=', query.action)
  if (query.actorId) select = select.where('actor_id', '=', query.actorId)
  if (query.subjectId) select = select.where('subject_id', '=', query.subjectId)
  const links = (await select.execute()).map(toLink)
  const events = links.slice(0, first).map(toEvent)
  return { events, next: links.length > first ? (events.at(-1)?.seq ?? null) : null }
}

export async function head(trx: TenantTx): Promise<AuditHead> {
  const row = await trx.selectFrom('audit_head').select(['seq', 'hash']).executeTakeFirst()
  return row ? { seq: row.seq, hash: row.hash } : { seq: 0, hash: origin }
}

/** The stored head and the highest stored number, in one snapshot. */
export async function ends(trx: TenantTx): Promise<{ readonly head: AuditHead; readonly last: number }> {
  const { rows } = await sql<{ seq: number | null; hash: string | null; last: number }>`
    select (select seq from audit_head) as seq, (select hash from audit_head) as hash,
           coalesce((select max(seq) from audit_event), 0) as last`.execute(trx)
  const row = rows[0]!
  return { head: { seq: row.seq ?? 0, hash: row.hash ?? origin }, last: row.last }
}

/** Links `after < seq <= upTo` in ascending order. */
export async function readLinks(
  trx: TenantTx,
  after: number,
  upTo: number,
  limit: number,
): Promise<readonly Link[]> {
  const rows = await trx
    .selectFrom('audit_event')
    .select(linkColumns)
    .where('seq', '>', after)
    .where('seq', '<=', upTo)
    .orderBy('seq')
    .limit(limit)
    .execute()
  return rows.map(toLink)
}

const linkColumns = ['tenant_id', 'seq', 'at', 'content', 'prev_hash', 'hash'] as const

function toLink(row: {
  tenant_id: string
  seq: number
  at: Date
  content: string
  prev_hash: string
  hash: string
}): Link {
  return {
    tenantId: row.tenant_id,
    seq: row.seq,
    at: row.at.toISOString(),
    content: row.content,
    prevHash: row.prev_hash,
    hash: row.hash,
  }
}

function toEvent(link: Link): AuditEvent {
  const content = JSON.parse(link.content) as Pick<AuditEvent, 'actor' | 'action' | 'subject' | 'detail'>
  return { seq: link.seq, at: link.at, hash: link.hash, ...content }
}
