import { gzipSync } from 'node:zlib'
import { randomBytes } from 'node:crypto'
import type { SandboxClock } from '../clock.ts'
import type { TenantState, User } from '../tenant/index.ts'
import { exportFile } from './export-file.ts'

export interface ExportField {
  name: string
  export_as?: string
}

export interface Job {
  id: string
  type: 'users_export' | 'users_import'
  status: 'pending' | 'processing' | 'completed' | 'failed'
  created_at: string
  connection_id?: string
  connection?: string
  format?: 'json' | 'csv'
  limit?: number
  fields?: ExportField[]
  upsert?: boolean
  external_id?: string
  summary?: { failed: number; updated: number; inserted: number; total: number }
  status_details?: string
}

interface LiveJob {
  job: Job
  created: number
  polls: number
  /** Gzip-compressed; the snapshot is taken when the job completes. */
  file?: Buffer
  errors: { user: object; errors: { code: string; message: string; path?: string }[] }[]
  work?: () => void
}

const jobLife = 24 * 60 * 60 * 1000
const linkLife = 60_000

/** Jobs and the files they make. A job completes after a number of polls, not after a time. */
export class Jobs {
  readonly #jobs = new Map<string, LiveJob>()
  readonly #links = new Map<string, { jobId: string; until: number }>()
  readonly #tenant: TenantState
  readonly #clock: SandboxClock
  readonly #polls: () => number
  readonly #origin: () => string
  /** The next job ends `failed` with these words. */
  failNext: string | undefined

  constructor(tenant: TenantState, clock: SandboxClock, polls: () => number, origin: () => string) {
    this.#tenant = tenant
    this.#clock = clock
    this.#polls = polls
    this.#origin = origin
  }

  /** Imports that have not ended; Auth0 allows two. */
  get runningImports(): number {
    return [...this.#jobs.values()].filter(({ job }) => job.type === 'users_import' && isRunning(job)).length
  }

  start(job: Omit<Job, 'id' | 'status' | 'created_at'>, work?: (job: LiveJob) => void): Job {
    const id = this.#tenant.newId('job')
    const now = this.#clock.now()
    const made: Job = { ...job, status: 'pending', created_at: new Date(now).toISOString(), id }
    const live: LiveJob = { job: made, created: now, polls: 0, errors: [] }
    live.work = () => {
      if (work) work(live)
      else live.file = gzipSync(exportFile(made, this.#exported(made)))
    }
    this.#jobs.set(id, live)
    return { ...made }
  }

  /** The job as it stands now; asking moves it on. Undefined when unknown or older than a day. */
  poll(
    id: string,
  ): (Job & { location?: string; percentage_done?: number; time_left_seconds?: number }) | undefined {
    const live = this.#find(id)
    if (!live) return undefined
    live.polls++
    const { job } = live
    if (isRunning(job)) this.#advance(live)
    if (job.status === 'processing') return { ...job, percentage_done: 50, time_left_seconds: 1 }
    if (job.status !== 'completed') return { ...job }
    return { ...job, percentage_done: 100, ...(live.file ? { location: this.#link(job) } : {}) }
  }

  #advance(live: LiveJob): void {
    const { job } = live
    if (live.polls < this.#polls()) {
      job.status = live.polls === 1 ? 'pending' : 'processing'
      return
    }
    if (this.failNext !== undefined) {
      job.status = 'failed'
      job.status_details = this.failNext
      this.failNext = undefined
      return
    }
    live.work?.()
    job.status = 'completed'
  }

  errorsOf(id: string): LiveJob['errors'] | undefined {
    return this.#find(id)?.errors
  }

  /** The file behind a signed link: undefined when the link is unknown, `expired` after 60 seconds. */
  download(token: string): Buffer | 'expired' | undefined {
    const link = this.#links.get(token)
    if (!link) return undefined
    if (this.#clock.now() > link.until) return 'expired'
    return this.#find(link.jobId)?.file
  }

  #find(id: string): LiveJob | undefined {
    const live = this.#jobs.get(id)
    if (!live || this.#clock.now() - live.created > jobLife) return undefined
    return live
  }

  /** Every poll of a completed job gives a fresh link, on a path that takes no bearer token. */
  #link(job: Job): string {
    const token = randomBytes(24).toString('base64url')
    this.#links.set(token, { jobId: job.id, until: this.#clock.now() + linkLife })
    const extension = job.format === 'csv' ? 'csv' : 'json'
    return `${this.#origin()}/_exports/${job.id}/sandbox.${extension}.gz?signature=${token}`
  }

  #exported(job: Job): User[] {
    const users: User[] = []
    for (const user of this.#tenant.users) {
      if (job.connection && !user.identities.some((identity) => identity.connection === job.connection))
        continue
      users.push(user)
      if (users.length === job.limit) break
    }
    return users
  }
}

function isRunning(job: Job): boolean {
  return job.status === 'pending' || job.status === 'processing'
}
