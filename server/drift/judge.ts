import type { DriftType, Fields, Finding, KindContext, Pair } from './drift.ts'

/** Why nothing can be said yet; the next run may. */
export type WaitReason = 'incomplete' | 'unapplied' | 'young'

export type Verdict =
  | { readonly is: 'agree' }
  | { readonly is: 'wait'; readonly why: WaitReason }
  | { readonly is: 'drift'; readonly finding: Finding }

const agree: Verdict = { is: 'agree' }

/**
 * Whether a thing is as it ought to be. Pure.
 *
 * A disagreement waits while
 *  - `incomplete`: it was not seen, but its kind was never read completely, so nobody knows that it is not there;
 *  - `unapplied`: what is wished is still on its way to the target;
 *  - `young`: it was looked at before the wish moved, or within the grace after a write of ours, when a target's lists
 *    may still show what was before.
 */
export function judge(pair: Pair, context: KindContext): Verdict {
  const { intent, seen } = pair
  if (!intent && !context.isGoverned) return agree
  const wanted = intent?.wanted ?? false
  const present = seen?.present ?? false
  const type = typeOf(wanted, present, pair, context)
  if (!type) return agree
  if (type === 'missing' && !context.readFrom) return { is: 'wait', why: 'incomplete' }
  if (intent && intent.appliedVersion < intent.desiredVersion) return { is: 'wait', why: 'unapplied' }
  if (intent && lookedAt(pair, type, context) < knownFrom(intent, context))
    return { is: 'wait', why: 'young' }
  return { is: 'drift', finding: findingOf(type, pair, context) }
}

function typeOf(wanted: boolean, present: boolean, pair: Pair, context: KindContext): DriftType | null {
  if (wanted && !present) return 'missing'
  if (!wanted && present) return 'excess'
  if (wanted && present && differing(pair, context).length > 0) return 'different'
  return null
}

/** When what is compared was true of the target, ms. */
function lookedAt({ seen }: Pair, type: DriftType, { readFrom }: KindContext): number {
  const complete = readFrom?.getTime() ?? 0
  // That something is not there is known only from a complete reading; that it is there, also from its own page.
  return type === 'missing' ? complete : Math.max(complete, seen?.changedAt.getTime() ?? 0)
}

/** From when on a look counts. */
function knownFrom(intent: NonNullable<Pair['intent']>, { graceMs }: KindContext): number {
  const written = intent.appliedAt ? intent.appliedAt.getTime() + graceMs : 0
  return Math.max(intent.since.getTime(), written)
}

function differing({ intent, seen }: Pair, { ignoredFields }: KindContext): readonly string[] {
  const wished = intent?.fields ?? {}
  const found = seen?.fields ?? {}
  return Object.keys(wished)
    .filter((name) => !ignoredFields.includes(name) && !isSame(wished[name] ?? null, found[name] ?? null))
    .sort()
}

function findingOf(type: DriftType, pair: Pair, context: KindContext): Finding {
  const { intent, seen } = pair
  const about = { type, intentId: intent?.id ?? null, intentVersion: intent?.desiredVersion ?? 0 }
  switch (type) {
    case 'missing':
      return { ...about, observed: null, intended: intent?.fields ?? null }
    case 'excess':
      return { ...about, observed: without(seen?.fields ?? null, context.ignoredFields), intended: null }
    case 'different': {
      const names = differing(pair, context)
      return { ...about, observed: picked(seen?.fields, names), intended: picked(intent?.fields, names) }
    }
  }
}

function picked(fields: Fields | null | undefined, names: readonly string[]): Fields {
  return Object.fromEntries(names.map((name) => [name, fields?.[name] ?? null]))
}

function without(fields: Fields | null, names: readonly string[]): Fields | null {
  return fields && Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)))
}

/** The same JSON; the order of an object's keys does not count. */
export function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (typeof one !== 'object' || typeof other !== 'object' || !one || !other) return false
  if (Array.isArray(one) !== Array.isArray(other)) return false
  const [left, right] = [one as Record<string, unknown>, other as Record<string, unknown>]
  const keys = Object.keys(left)
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && isSame(left[key], right[key]))
  )
}
