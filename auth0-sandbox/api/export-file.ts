import type { User } from '../tenant/index.ts'
import type { ExportField, Job } from './job-queue.ts'

/** What an export holds when no fields are named. */
const usual = [
  'user_id',
  'email',
  'email_verified',
  'name',
  'given_name',
  'family_name',
  'nickname',
  'created_at',
  'updated_at',
]

export const exportable = new Set(
  'user_id email email_verified username phone_number phone_verified name given_name family_name nickname picture identities app_metadata user_metadata blocked created_at updated_at last_login last_ip last_password_reset logins_count multifactor multifactor_last_modified'.split(
    ' ',
  ),
)

/** NDJSON, or CSV with a quote before every text against formula injection. */
export function exportFile(job: Job, users: readonly User[]): string {
  const fields: ExportField[] = job.fields ?? usual.map((name) => ({ name }))
  if (job.format !== 'csv') {
    return users.map((user) => `${JSON.stringify(rowOf(user, fields))}\n`).join('')
  }
  const head = fields.map(({ name, export_as }) => export_as ?? name)
  const lines = users.map((user) => fields.map((field) => cell(valueAt(user, field.name))).join(','))
  return [head.join(','), ...lines, ''].join('\n')
}

function rowOf(user: User, fields: readonly ExportField[]): Record<string, unknown> {
  const row: Record<string, unknown> = {}
  for (const { name, export_as } of fields) {
    const value = valueAt(user, name)
    if (value !== undefined) row[export_as ?? name] = value
  }
  return row
}

/** `app_metadata.department`, `identities[0].connection`. */
function valueAt(user: User, path: string): unknown {
  const keys = path.replace(/\[(\d+)\]/g, '.$1').split('.')
  return keys.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], user)
}

function cell(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return `"'${text.replaceAll('"', '""')}"`
}
