import type { SandboxClock } from '../clock.ts'
import type { LogEvent } from './records.ts'

/**
 * Tenant logs, oldest first. Ids grow with time, as Auth0's do, and are the cursor of checkpoint paging.
 * Events older than `retentionDays` are no longer served.
 */
export class LogBook {
  readonly #events: LogEvent[] = []
  readonly #clock: SandboxClock
  #sequence = 0
  retentionDays = 30

  constructor(clock: SandboxClock) {
    this.#clock = clock
  }

  add(event: Omit<LogEvent, '_id' | 'log_id' | 'date'> & { date?: string }): LogEvent {
    const date = event.date ?? new Date(this.#clock.now()).toISOString()
    const stamp = date.replace(/\D/g, '').slice(0, 17)
    const id = `900${stamp}${String(this.#sequence++).padStart(18, '0')}00000000000000000`
    const added: LogEvent = { ...event, date, _id: id, log_id: id }
    this.#events.push(added)
    return added
  }

  /** Those still kept, oldest first. */
  kept(): readonly LogEvent[] {
    const oldest = new Date(this.#clock.now() - this.retentionDays * 86_400_000).toISOString()
    const first = this.#events.findIndex(({ date }) => date >= oldest)
    return first === -1 ? [] : first === 0 ? this.#events : this.#events.slice(first)
  }
}
