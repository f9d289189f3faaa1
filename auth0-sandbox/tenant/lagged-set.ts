import { isBefore, OrderedSet } from './ordered-set.ts'

interface Pending<T> {
  due: number
  /** What the index still shows for the id until `due`; undefined: nothing. */
  shown: T | undefined
}

/** Rows in order, as some view of a set shows them; `version` changes whenever the rows do. */
export interface View<T> {
  rows: readonly T[]
  version: string
}

/**
 * A set with a second, late face: what Auth0's search index and member lists show until a write has reached
 * them. The truth is the set itself; only rows with a change still under way are remembered, so a settled
 * set costs nothing more.
 */
export class LaggedSet<T> extends OrderedSet<T> {
  readonly #pending = new Map<string, Pending<T>>()
  #cached: { key: string; rows: T[] } | undefined
  #epoch = 0

  /** As `put`, but `view` goes on showing the old row until `due` (the clock's milliseconds). */
  putLagged(row: T, due: number): void {
    this.#remember(this.idOf(row), due)
    this.put(row)
  }

  deleteLagged(id: string, due: number): T | undefined {
    if (!this.has(id)) return undefined
    this.#remember(id, due)
    return this.delete(id)
  }

  #remember(id: string, due: number): void {
    const earlier = this.#pending.get(id)
    this.#epoch++
    this.#pending.set(id, { due, shown: earlier ? earlier.shown : this.get(id) })
  }

  /** What the late view shows at `now`. */
  view(now: number): View<T> {
    for (const [id, change] of this.#pending) {
      if (change.due > now) continue
      this.#pending.delete(id)
      this.#epoch++
    }
    const key = `${this.version}.${this.#epoch}`
    if (this.#pending.size === 0) return { rows: this.rows(), version: key }
    if (this.#cached?.key !== key) this.#cached = { key, rows: this.#overlay() }
    return { rows: this.#cached.rows, version: key }
  }

  #overlay(): T[] {
    const rows = this.rows().filter((row) => !this.#pending.has(this.idOf(row)))
    const shown = [...this.#pending.values()].flatMap(({ shown }) => (shown === undefined ? [] : [shown]))
    return [...rows, ...shown].sort((a, b) =>
      isBefore(this.momentOf(a), this.idOf(a), this.momentOf(b), this.idOf(b)) ? -1 : 1,
    )
  }
}
