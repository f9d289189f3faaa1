import type { SandboxClock } from '../clock.ts'
import { ApiError } from './errors.ts'

export interface Position {
  /** Milliseconds since 1970. */
  at: number
  id: string
}

const lifetime = 24 * 60 * 60 * 1000

/**
 * Checkpoint cursors: unpadded base64 of `YYYY-MM-DD HH:MM:SS.ffffffUTC,<id>`, the form recorded for
 * organization members, role users and organizations (go-auth0, test/data/recordings/
 * TestRoleManager_UsersCheckpointPagination.yaml). Valid for 24 hours
 * (https://auth0.com/docs/api/management/v2); as the text itself does not carry its birth, the ones handed
 * out are remembered for that long.
 */
export class Cursors {
  readonly #issued = new Map<string, number>()
  readonly #clock: SandboxClock

  constructor(clock: SandboxClock) {
    this.#clock = clock
  }

  issue(position: Position): string {
    const iso = new Date(Math.floor(position.at)).toISOString()
    const micros = String(Math.round((position.at % 1) * 1000)).padStart(3, '0')
    const moment = `${iso.slice(0, 10)} ${iso.slice(11, 23)}${micros}UTC`
    const cursor = Buffer.from(`${moment},${position.id}`).toString('base64').replace(/=+$/, '')
    this.#prune()
    this.#issued.delete(cursor)
    this.#issued.set(cursor, this.#clock.now())
    return cursor
  }

  read(cursor: string): Position {
    const issued = this.#issued.get(cursor)
    if (issued !== undefined && this.#clock.now() - issued > lifetime) {
      throw new ApiError(400, 'The checkpoint cursor has expired.', 'invalid_paging')
    }
    const text = Buffer.from(cursor, 'base64').toString()
    const match = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{3})(\d{3})UTC,(.*)$/s.exec(text)
    const at = match ? Date.parse(`${match[1]}T${match[2]}Z`) : Number.NaN
    if (!match || Number.isNaN(at)) {
      throw new ApiError(
        400,
        "Query validation error: 'Invalid cursor' on property from",
        'invalid_query_string',
      )
    }
    return { at: at + Number(match[3]) / 1000, id: match[4]! }
  }

  /** Oldest first, as a Map keeps the order of insertion. */
  #prune(): void {
    const oldest = this.#clock.now() - 2 * lifetime
    for (const [cursor, issued] of this.#issued) {
      if (issued > oldest && this.#issued.size < 200_000) return
      this.#issued.delete(cursor)
    }
  }
}
