import type { Failure, FindResult, HeldResult } from '@owlie/connector-kit'
import type { Wanted, WantedHolder, WantedObject } from './collect-hints.ts'
import { badHint, connectorThrew } from './failures.ts'
import type { Turn } from './turn.ts'

/** What was found about one object or holder. */
export type Finding =
  | { readonly of: WantedObject; readonly result: Extract<FindResult, { readonly found: unknown }> }
  | { readonly of: WantedHolder; readonly result: Extract<HeldResult, { readonly grants: unknown }> }
  /** A record nothing can be made of. */
  | { readonly of: WantedObject | WantedHolder; readonly unusable: string }

export type Reread = { readonly findings: readonly Finding[] } | { readonly failure: Failure }

/** Reads each by itself, a few at the same time. The first failure that is not about one record ends it. */
export async function reread(turn: Turn, wanted: Pick<Wanted, 'objects' | 'holders'>): Promise<Reread> {
  const all = [...wanted.objects, ...wanted.holders]
  const findings: Finding[] = []
  for (let at = 0; at < all.length; at += turn.limits.readAhead) {
    const some = all.slice(at, at + turn.limits.readAhead)
    const results = await Promise.all(some.map((one) => readOne(turn, one)))
    for (const result of results) {
      if ('failure' in result) return result
      findings.push(result)
    }
    if (turn.signal.aborted) break
  }
  return { findings }
}

async function readOne(
  turn: Turn,
  of: WantedObject | WantedHolder,
): Promise<Finding | { readonly failure: Failure }> {
  const { connector, held, log } = turn
  const { session } = held.open
  try {
    if ('holder' in of) {
      const read = connector.held?.[of.kind]
      if (!read) return { failure: badHint(of.kind) }
      const result = await read(session, of.holder)
      return 'failure' in result ? judged(of, result.failure) : { of, result }
    }
    const find = connector.find?.[of.kind]
    if (!find) return { failure: badHint(of.kind) }
    const result = await find(session, of.id)
    return 'failure' in result ? judged(of, result.failure) : { of, result }
  } catch (error) {
    log('error', 'a connector threw', { runId: turn.run.id, kind: of.kind, error })
    return { failure: connectorThrew(error instanceof Error ? error.name : typeof error) }
  }
}

/** A defect of one record is that record's; everything else would come again with the next one. */
function judged(of: WantedObject | WantedHolder, failure: Failure): Finding | { readonly failure: Failure } {
  return failure.kind === 'defect' ? { of, unusable: failure.why ?? failure.message } : { failure }
}
