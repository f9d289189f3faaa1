type Moment = number | string

/**
 * Rows kept in (moment, id) order, found by id in O(1) and by position or cursor in O(log n). It is the order
 * in which Auth0's checkpoint cursors walk, so a keyset page never scans what lies before it.
 */
export class OrderedSet<T> {
  readonly #byId = new Map<string, T>()
  readonly #rows: T[] = []
  readonly idOf: (row: T) => string
  readonly momentOf: (row: T) => Moment
  /** Counts changes, so that whoever derives something from the rows knows when to do it again. */
  version = 0

  constructor(idOf: (row: T) => string, momentOf: (row: T) => Moment) {
    this.idOf = idOf
    this.momentOf = momentOf
  }

  get size(): number {
    return this.#rows.length
  }

  has(id: string): boolean {
    return this.#byId.has(id)
  }

  get(id: string): T | undefined {
    return this.#byId.get(id)
  }

  /** All rows in order; a live view, not to be changed. */
  rows(): readonly T[] {
    return this.#rows
  }

  [Symbol.iterator](): IterableIterator<T> {
    return this.#rows[Symbol.iterator]()
  }

  /** Adds or replaces; true when the id is new. */
  put(row: T): boolean {
    const id = this.idOf(row)
    const old = this.#byId.get(id)
    this.version++
    this.#byId.set(id, row)
    if (old !== undefined) {
      const at = this.#indexOf(old)
      if (this.momentOf(old) === this.momentOf(row)) {
        this.#rows[at] = row
        return false
      }
      this.#rows.splice(at, 1)
    }
    const at =
      this.#rows.length === 0 || this.#before(this.#rows.at(-1)!, row) ? this.#rows.length : this.#lower(row)
    if (at === this.#rows.length) this.#rows.push(row)
    else this.#rows.splice(at, 0, row)
    return old === undefined
  }

  delete(id: string): T | undefined {
    const row = this.#byId.get(id)
    if (row === undefined) return undefined
    this.version++
    this.#rows.splice(this.#indexOf(row), 1)
    this.#byId.delete(id)
    return row
  }

  /** Fills an empty set at once: one sort instead of one insertion per row. */
  fill(rows: Iterable<T>): void {
    for (const row of rows) this.#byId.set(this.idOf(row), row)
    for (const row of this.#byId.values()) this.#rows.push(row)
    this.#rows.sort((a, b) => (this.#before(a, b) ? -1 : 1))
    this.version++
  }

  #before(a: T, b: T): boolean {
    return isBefore(this.momentOf(a), this.idOf(a), this.momentOf(b), this.idOf(b))
  }

  #lower(row: T): number {
    return lowerBound(this.#rows, (other) => this.#before(other, row))
  }

  #indexOf(row: T): number {
    return this.#lower(row)
  }
}

export function isBefore(momentA: Moment, idA: string, momentB: Moment, idB: string): boolean {
  return momentA === momentB ? idA < idB : momentA < momentB
}

/** The first index whose row is not `before`; rows must be partitioned by the predicate. */
export function lowerBound<T>(rows: readonly T[], before: (row: T) => boolean): number {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (before(rows[middle]!)) low = middle + 1
    else high = middle
  }
  return low
}
