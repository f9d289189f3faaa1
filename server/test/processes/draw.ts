/** Numbers from a seed (mulberry32): the same seed draws the same plan. */
export interface Draw {
  /** 0 ≤ x < 1 */
  next(): number
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number
  chance(probability: number): boolean
  one<T>(values: readonly T[]): T
  /** Different ones, at most as many as there are. */
  some<T>(values: readonly T[], count: number): T[]
}

export function drawFrom(seed: number): Draw {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (low: number, high: number) => low + Math.floor(next() * (high - low + 1))
  return {
    ...{ next, between },
    chance: (probability) => next() < probability,
    one: (values) => values[between(0, values.length - 1)]!,
    some(values, count) {
      const left = [...values]
      const taken = []
      while (taken.length < count && left.length > 0)
        taken.push(left.splice(between(0, left.length - 1), 1)[0]!)
      return taken
    },
  }
}
