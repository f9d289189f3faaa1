import type { TenantTx } from '../db/index.ts'
import { type Break, origin, walk } from './chain.ts'
import { type AuditHead, ends, readLinks } from './store.ts'

export type Verdict =
  | { readonly ok: true; readonly events: number; readonly head: AuditHead }
  | { readonly ok: false; readonly events: number; readonly broken: Break }

const pageSize = 5000

/**
 * Reads the tenant's whole chain (about 100,000 events a second) and says whether it holds, or where it breaks
 * first; `events` is how many are proven. Events recorded while it runs are left for the next time.
 * `known` is a head noted earlier and kept elsewhere; without it a rewritten rest of the chain cannot be told.
 */
export async function verify(trx: TenantTx, options: { readonly known?: AuditHead } = {}): Promise<Verdict> {
  const { head, last } = await ends(trx)
  let at: AuditHead = { seq: 0, hash: origin }
  for (;;) {
    const links = await readLinks(trx, at.seq, last, pageSize)
    const broken = walk(at, links)
    if (broken) return { ok: false, events: broken.seq - 1, broken }
    const { known } = options
    const seen = links.find((link) => link.seq === known?.seq)
    if (known && seen && seen.hash !== known.hash) return unlikeKnown(known)
    const end = links.at(-1)
    if (!end) break
    at = { seq: end.seq, hash: end.hash }
  }
  if (options.known && options.known.seq > at.seq) return truncated(at.seq, options.known.seq)
  if (head.seq > at.seq) return truncated(at.seq, head.seq)
  if (head.seq !== at.seq || head.hash !== at.hash) {
    const message = `The chain's head does not name event ${at.seq}, its last: the head was rewritten or an event was added beside the chain.`
    return { ok: false, events: Math.min(at.seq, head.seq), broken: { seq: at.seq, found: 'head', message } }
  }
  return { ok: true, events: at.seq, head: at }
}

function truncated(last: number, expected: number): Verdict {
  const which = expected === last + 1 ? `Event ${expected} is` : `Events ${last + 1} to ${expected} are`
  const message = `${which} missing: the chain ends at ${last}.`
  return { ok: false, events: last, broken: { seq: last + 1, found: 'missing', message } }
}

function unlikeKnown(known: AuditHead): Verdict {
  const message = `Event ${known.seq} is not the one noted earlier: the chain was rewritten at or before it.`
  return { ok: false, events: 0, broken: { seq: known.seq, found: 'unlike-known', message } }
}
