export interface RequestEntry {
  sequence: number
  /** The tenant's time in milliseconds. */
  at: number
  method: string
  /** The pattern, such as `/api/v2/users/{id}`; the raw path when nothing matched. */
  route: string
  /** Path and query as asked. */
  target: string
  /** 0 when the connection was dropped. */
  status: number
  clientId?: string
  correlationId?: string
  durationMs: number
}

/** Every request that arrived, and how it was answered. */
export class RequestLog {
  readonly #entries: RequestEntry[] = []

  add(entry: Omit<RequestEntry, 'sequence'>): void {
    this.#entries.push({ sequence: this.#entries.length + 1, ...entry })
  }

  get entries(): readonly RequestEntry[] {
    return this.#entries
  }

  get total(): number {
    return this.#entries.length
  }

  /** How many per `METHOD /route`. */
  byRoute(): Record<string, number> {
    const counts: Record<string, number> = {}
    for (const { method, route } of this.#entries) {
      const key = `${method} ${route}`
      counts[key] = (counts[key] ?? 0) + 1
    }
    return counts
  }

  /** How many were answered with this status. */
  withStatus(status: number): number {
    return this.#entries.filter((entry) => entry.status === status).length
  }

  reset(): void {
    this.#entries.length = 0
  }
}
