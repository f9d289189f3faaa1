/** `system` is Owlie itself: schedules, sweeps, the first start. */
type ActorKind = 'operator' | 'api_key' | 'system'

/** Who does something, and in which tenant. */
export interface Actor {
  readonly tenantId: string
  /** The operator's or key's id; for `system` the name of the part that acts, e.g. `schedule`. */
  readonly id: string
  /** As shown to people, at the time of the act. */
  readonly name: string
  readonly kind: ActorKind
  /** The operator behind it: himself, or the one who made the key. Absent when nobody knows (a key made on the host). */
  readonly personId?: string
  /**
   * `new`: another let this person in, or gave them their role or password, within the last day. `gone`: who made the key
   * is no admin any more. Absent: counts as one of two people (see two-people.ts).
   */
  readonly standing?: 'new' | 'gone'
}
