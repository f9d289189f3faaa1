import { ApiError, badBody, refused } from './errors.ts'
import { exportable } from './export-file.ts'
import type { ExportField, Job } from './job-queue.ts'
import { ok, type Call, type Operation, type Reply } from './operation.ts'
import { formats } from './schema.ts'
import type { User } from '../tenant/index.ts'

const noJob = (): ApiError => new ApiError(404, 'The job does not exist.', 'inexistent_job')

const exportUsers: Operation = {
  method: 'POST',
  path: '/jobs/users-exports',
  summary: 'Create export users job',
  scopes: { any: ['read:users'] },
  bucket: 'other',
  bodyOptional: true,
  body: {
    type: 'object',
    properties: {
      connection_id: { type: 'string', pattern: /^con_[A-Za-z0-9]{16}$/ },
      format: { type: 'string', enum: ['json', 'csv'] },
      limit: { type: 'integer', min: 1 },
      fields: {
        type: 'array',
        items: {
          type: 'object',
          required: ['name'],
          properties: { name: { type: 'string' }, export_as: { type: 'string' } },
        },
      },
    },
  },
  run(call) {
    const body = call.body as {
      connection_id?: string
      format?: 'json' | 'csv'
      limit?: number
      fields?: ExportField[]
    }
    checkFields(body.fields, body.format)
    const connection = body.connection_id && call.tenant.auth0Connections.get(body.connection_id)
    if (body.connection_id && !connection)
      throw refused('The connection does not exist.', 'inexistent_connection')
    const job = call.jobs.start({
      type: 'users_export',
      ...(connection ? { connection_id: connection.id, connection: connection.name } : {}),
      format: body.format ?? 'csv',
      ...(body.limit === undefined ? {} : { limit: body.limit }),
      ...(body.fields ? { fields: body.fields } : {}),
    })
    return ok(job)
  },
}

function checkFields(fields: readonly ExportField[] | undefined, format: 'json' | 'csv' = 'csv'): void {
  if (!fields) return
  if (format === 'csv' && fields.length > 30) {
    throw badBody(`'Array is too long (${fields.length}), maximum 30' on property fields`)
  }
  for (const { name } of fields) {
    const root = name.split(/[.[]/)[0]!
    if (!exportable.has(root)) throw refused(`The field ${name} cannot be exported.`)
    if (format === 'csv' && (name === 'app_metadata' || name === 'user_metadata')) {
      throw refused(`The field ${name} cannot be exported as a whole in csv format.`)
    }
  }
}

const getJob: Operation = {
  method: 'GET',
  path: '/jobs/{id}',
  summary: 'Get a job',
  scopes: { any: ['create:users', 'read:users'] },
  bucket: 'other',
  params: { id: 'job-id' },
  run(call) {
    const job = call.jobs.poll(call.params['id']!)
    if (!job) throw noJob()
    return ok(job)
  },
}

const jobErrors: Operation = {
  method: 'GET',
  path: '/jobs/{id}/errors',
  summary: 'Get job error details',
  scopes: { any: ['create:users', 'read:users'] },
  bucket: 'other',
  params: { id: 'job-id' },
  run(call): Reply {
    const errors = call.jobs.errorsOf(call.params['id']!)
    if (!errors) throw noJob()
    return errors.length > 0 ? ok(errors) : { status: 204 }
  },
}

const importLimit = 512_000

/** multipart/form-data: `users` (a file with a JSON array), `connection_id`, `upsert`, `external_id`. */
const importUsers: Operation = {
  method: 'POST',
  path: '/jobs/users-imports',
  summary: 'Create import users job',
  scopes: { any: ['create:users'] },
  bucket: 'other',
  form: true,
  run(call) {
    const { users: file, connection_id: connectionId, upsert, external_id: externalId } = call.form
    if (!file || !connectionId) throw badBody("'Missing required property: users' on property users")
    if (Buffer.byteLength(file) > importLimit) {
      throw new ApiError(413, `Payload content length greater than maximum allowed: ${importLimit}`)
    }
    const connection = call.tenant.auth0Connections.get(connectionId)
    if (!connection || connection.strategy !== 'auth0')
      throw refused('The connection does not exist.', 'inexistent_connection')
    if (call.jobs.runningImports >= 2) {
      const words =
        'There are 2 active import users jobs, please wait until some of them are finished and try again'
      throw new ApiError(429, words, 'too_many_requests')
    }
    const rows = parseRows(file)
    const job: Omit<Job, 'id' | 'status' | 'created_at'> = {
      type: 'users_import',
      connection_id: connection.id,
      connection: connection.name,
      upsert: upsert === 'true',
      ...(externalId ? { external_id: externalId } : {}),
    }
    return { status: 202, body: call.jobs.start(job, (live) => importAll(call, connection.name, rows, live)) }
  },
}

type Row = Record<string, unknown> & { email?: string; user_id?: string }

function parseRows(file: string): Row[] {
  try {
    const parsed = JSON.parse(file) as unknown
    if (Array.isArray(parsed)) return parsed as Row[]
  } catch {
    // Answered below, together with what is JSON but no array.
  }
  throw refused('The users file must be a JSON array.')
}

type LiveJob = Parameters<NonNullable<Parameters<Call['jobs']['start']>[1]>>[0]

type RowError = LiveJob['errors'][number]['errors'][number]

/** Codes as in https://auth0.com/docs/manage-users/user-migration/bulk-user-imports. */
function rowError(email: string | undefined, isKnown: boolean, upsert: boolean | undefined): RowError | null {
  if (!email) return { code: 'OBJECT_REQUIRED', message: 'Missing required property: email' }
  if (!formats.email.test(email)) {
    const message = `Object didn't pass validation for format email: ${email}`
    return { code: 'INVALID_FORMAT', message, path: 'email' }
  }
  if (!isKnown || upsert) return null
  return { code: 'DUPLICATED_USER', message: 'Error in email field: already exists' }
}

function importAll(call: Call, connection: string, rows: readonly Row[], live: LiveJob): void {
  const { tenant, lagMs } = call
  const summary = { failed: 0, updated: 0, inserted: 0, total: rows.length }
  const isOfConnection = ({ identities }: User): boolean =>
    identities.some((identity) => identity.connection === connection)
  for (const row of rows) {
    const email = row.email?.toLowerCase()
    const known = email === undefined ? undefined : tenant.usersByEmail(email).find(isOfConnection)
    const { user_id, password_hash: _h, custom_password_hash: _c, ...profile } = row
    const error = rowError(email, known !== undefined, live.job.upsert)
    if (error) {
      summary.failed++
      live.errors.push({ user: row, errors: [error] })
    } else if (known) {
      tenant.updateUser(known.user_id, profile, lagMs)
      call.wrote({ kind: 'user.updated', ids: { user: known.user_id }, values: profile })
      summary.updated++
    } else {
      const id = `auth0|${user_id ?? tenant.random.id(24, '0123456789abcdef')}`
      tenant.addUser({ ...profile, email: email!, user_id: id, auth0Connection: connection }, lagMs)
      call.wrote({ kind: 'user.created', ids: { user: id }, values: profile })
      summary.inserted++
    }
  }
  live.job.summary = summary
}

export const jobOperations: Operation[] = [exportUsers, importUsers, getJob, jobErrors]
