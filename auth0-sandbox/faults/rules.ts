/** Which requests a rule is about; every given part must agree. */
export interface FaultMatch {
  method?: string
  /** `/roles/{id}/users`, `/api/v2/users` or `/oauth/token`; names in braces do not matter. */
  route?: string
  /** Must occur in path and query, decoded. */
  contains?: string
  clientId?: string
}

export type FaultEffect =
  /** Answered without the operation being run. A string body is sent as it is. */
  | { kind: 'answer'; status: number; body?: unknown; headers?: Record<string, string> }
  /** A proxy's error page. */
  | { kind: 'html'; status?: number }
  | { kind: 'redirect'; location: string; status?: number }
  /** The connection breaks, before or after the operation took effect. */
  | { kind: 'drop'; when: 'before' | 'after' }
  /** Runs, then answers with this instead: a write that took effect but looks failed. */
  | { kind: 'answer-after'; status: number; body?: unknown; headers?: Record<string, string> }
  /** Waits on the real clock, or in-process on another one, then goes on as usual. */
  | { kind: 'delay'; ms: number; sleep?: () => Promise<void> }
  /** Runs, and never answers; `before`: does not run either. */
  | { kind: 'hang'; when?: 'before' | 'after' }
  /** Runs; the body stops after `bytes` (half of it), the connection closes. `chunked`: no length was announced. */
  | { kind: 'truncate'; bytes?: number; chunked?: boolean }
  /** Runs; a whole answer whose JSON is cut in the middle. */
  | { kind: 'cut-json' }
  /** Runs; the body comes `bytes` at a time. */
  | { kind: 'drip'; bytes: number; everyMs: number }
  /** Runs; the answer is padded to at least `bytes`. */
  | { kind: 'oversize'; bytes: number }
  /** A body without an end: zeros until `bytes` are sent or the client hangs up; `gzip`: compressed, and complete. */
  | { kind: 'flood'; bytes: number; gzip?: boolean }
  /** Runs; headers are added or replaced. */
  | { kind: 'headers'; headers: Record<string, string> }
  /** Runs; properties are changed in the answer. In-process only: `change` gets and returns the body. */
  | { kind: 'rewrite'; change: (body: unknown) => unknown }

export interface FaultRule {
  match: FaultMatch
  effect: FaultEffect
  /** Matching requests to let pass first. */
  after?: number
  /** Fires so often, then never again; without it, until cleared. */
  times?: number
  /** Fires with this probability (0–1), drawn from the sandbox's seed. */
  probability?: number
}

interface LiveRule extends FaultRule {
  id: string
  seen: number
  fired: number
}

export interface Candidate {
  method: string
  route: string
  target: string
  clientId: string | undefined
}

/** Faults to inject, in order of addition; the first that fires wins. */
export class FaultControl {
  readonly #rules = new Map<string, LiveRule>()
  readonly #draw: () => number
  #sequence = 0

  constructor(draw: () => number) {
    this.#draw = draw
  }

  /** Returns the rule's id. */
  add(rule: FaultRule): string {
    const id = `fault_${++this.#sequence}`
    this.#rules.set(id, { ...rule, id, seen: 0, fired: 0 })
    return id
  }

  /** One rule, or all. */
  clear(id?: string): void {
    if (id === undefined) this.#rules.clear()
    else this.#rules.delete(id)
  }

  list(): readonly Readonly<LiveRule>[] {
    return [...this.#rules.values()]
  }

  /** How often a rule has fired. */
  fired(id: string): number {
    return this.#rules.get(id)?.fired ?? 0
  }

  /** The effect for this request, if any; counts it. */
  next(candidate: Candidate): FaultEffect | undefined {
    for (const rule of this.#rules.values()) {
      if (rule.times !== undefined && rule.fired >= rule.times) continue
      if (!matches(rule.match, candidate)) continue
      rule.seen++
      if (rule.seen <= (rule.after ?? 0)) continue
      if (rule.probability !== undefined && this.#draw() >= rule.probability) continue
      rule.fired++
      return rule.effect
    }
    return undefined
  }
}

function matches(match: FaultMatch, candidate: Candidate): boolean {
  if (match.method !== undefined && match.method.toUpperCase() !== candidate.method) return false
  if (match.route !== undefined && normalRoute(match.route) !== normalRoute(candidate.route)) return false
  if (match.clientId !== undefined && match.clientId !== candidate.clientId) return false
  return match.contains === undefined || candidate.target.includes(match.contains)
}

/** `/users/{id}`, `/users/:id` and `/api/v2/users/{x}` are one. */
function normalRoute(route: string): string {
  return route.replace(/^\/api\/v2(?=\/)/, '').replace(/\{[^}]*\}|:[A-Za-z_]+/g, '{}')
}
