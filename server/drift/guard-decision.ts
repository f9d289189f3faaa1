/** What a mass decision takes. */
export interface GuardVerdict {
  /** True: the caller must say the number of things it is about. */
  readonly asks: boolean
  readonly count: number
  /** Wished things of the kinds concerned. */
  readonly of: number
  /** One sentence; null when nothing is asked. */
  readonly reason: string | null
}

export interface GuardLimits {
  readonly most: number
  readonly mostShare: number
}

/** More than either asks. One thing alone never does. */
export const guardLimits: GuardLimits = { most: 100, mostShare: 0.1 }

/**
 * Whether a decision about `count` things, of `total` that are wished, is large enough to be confirmed by its number.
 * Small sets count too: two of three are two thirds. Pure.
 */
export function guardDecision(count: number, total: number, limits = guardLimits): GuardVerdict {
  const share = count / Math.max(total, count, 1)
  const tooMany = count > limits.most
  const tooLarge = count > 1 && share > limits.mostShare
  const percent = `${Math.round(share * 100)} %`
  const reason = tooMany
    ? `${count} at once is more than ${limits.most}.`
    : tooLarge
      ? `${count} is ${percent} of the ${Math.max(total, count)} that ought to be; more than ${limits.mostShare * 100} % is asked about.`
      : null
  return { asks: tooMany || tooLarge, count, of: total, reason }
}

/** A decision about several kinds: as large as its largest part, or as all of it. `count` is of all. Pure. */
export function guardDecisions(
  parts: readonly { readonly label: string; readonly count: number; readonly total: number }[],
  limits = guardLimits,
): GuardVerdict {
  const count = parts.reduce((sum, part) => sum + part.count, 0)
  const total = parts.reduce((sum, part) => sum + part.total, 0)
  const all = guardDecision(count, total, limits)
  if (all.asks) return all
  for (const part of parts) {
    const { asks, reason } = guardDecision(part.count, part.total, limits)
    if (asks) return { ...all, asks, reason: `${part.label}: ${reason}` }
  }
  return all
}
