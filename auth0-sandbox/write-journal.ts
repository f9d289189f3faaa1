/** What an API write really changed: one entry per thing changed, none for a request that changed nothing. */
export interface Change {
  /** Such as `user.created`, `role.assigned`, `organization.member.removed`. */
  kind: ChangeKind
  /** Ids of what was touched, by kind: user, role, organization, connection, group, invitation. */
  ids: Record<string, string>
  /** Properties written, for created and updated; passwords are left out. */
  values?: Record<string, unknown>
}

export type ChangeKind =
  | `user.${'created' | 'updated' | 'deleted' | 'access_revoked' | 'unblocked' | 'identity_linked' | 'identity_unlinked'}`
  | `user.permission.${'added' | 'removed'}`
  | `role.${'created' | 'updated' | 'deleted' | 'assigned' | 'removed'}`
  | `role.permission.${'added' | 'removed'}`
  | `organization.${'created' | 'updated' | 'deleted'}`
  | `organization.member.${'added' | 'removed'}`
  | `organization.member.role.${'assigned' | 'removed'}`
  | `organization.connection.${'enabled' | 'updated' | 'disabled'}`
  | `organization.invitation.${'created' | 'deleted'}`
  | `organization.group.role.${'assigned' | 'removed'}`
  | `group.role.${'assigned' | 'removed'}`

export interface JournalEntry extends Change {
  sequence: number
  /** The tenant's time, ISO. */
  at: string
  clientId: string
  /** X-Correlation-ID of the request, cut to 64 characters as in tenant logs. */
  correlationId?: string
  /** Such as `POST /api/v2/users/{id}/roles`. */
  route: string
}

export class WriteJournal {
  readonly #entries: JournalEntry[] = []

  add(entry: Omit<JournalEntry, 'sequence'>): void {
    this.#entries.push({ sequence: this.#entries.length + 1, ...entry })
  }

  get entries(): readonly JournalEntry[] {
    return this.#entries
  }

  /** Entries of one request or plan, by its correlation id. */
  of(correlationId: string): JournalEntry[] {
    return this.#entries.filter((entry) => entry.correlationId === correlationId)
  }

  reset(): void {
    this.#entries.length = 0
  }
}
