import type { SandboxClock } from '../clock.ts'
import type { Bucket } from '../rate/index.ts'
import type { Quirks } from '../options.ts'
import type { Change } from '../write-journal.ts'
import type { Client, TenantState } from '../tenant/index.ts'
import type { Cursors } from './cursors.ts'
import type { Jobs } from './job-queue.ts'
import type { Query, QuerySpec } from './query.ts'
import type { Format, Schema } from './schema.ts'

export interface Reply {
  status: number
  /** Undefined: no body. */
  body?: unknown
  headers?: Record<string, string>
}

/** One authorised, validated request. */
export interface Call {
  params: Record<string, string>
  query: Query
  url: URL
  body: Record<string, unknown>
  /** Parts of a multipart body, files as text. */
  form: Record<string, string>
  scopes: ReadonlySet<string>
  client: Client
  headers: Headers
  tenant: TenantState
  clock: SandboxClock
  quirks: Quirks
  cursors: Cursors
  jobs: Jobs
  /** How long this write stays invisible in search and member lists. */
  lagMs: number
  /** The same for members that go. */
  removalLagMs: number
  /** Writes an effective change down in the journal. */
  wrote(change: Change): void
}

/** `any`: one suffices. `all`: each is needed; `reported` is what Auth0's 403 says when that differs. */
export interface ScopeRule {
  any?: readonly string[]
  all?: readonly string[]
}

export interface Operation {
  method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  /** Below /api/v2, with {names}. */
  path: string
  /** As tenant logs name it. */
  summary: string
  scopes: ScopeRule
  bucket: Bucket
  params?: Record<string, Format | 'any'>
  query?: QuerySpec
  body?: Schema
  /** The body may be left out. */
  bodyOptional?: boolean
  /** Takes multipart/form-data instead. */
  form?: boolean
  run(call: Call): Reply | Promise<Reply>
}

export const ok = (body: unknown): Reply => ({ status: 200, body })
export const created = (body: unknown): Reply => ({ status: 201, body })
export const accepted = (): Reply => ({ status: 202, body: {} })
export const empty = (): Reply => ({ status: 204 })
