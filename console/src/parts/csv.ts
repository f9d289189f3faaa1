/**
 * Rows of the same shape as CSV (RFC 4180). A cell that a spreadsheet would run as a formula gets an apostrophe
 * before it: names come from other systems.
 */
export function toCsv(rows: readonly Readonly<Record<string, string | number | boolean | null>>[]): string {
  const first = rows[0]
  if (!first) return ''
  const names = Object.keys(first)
  const lines = [names, ...rows.map((row) => names.map((name) => cell(row[name] ?? null)))]
  return lines.map((line) => `${line.join(',')}\r\n`).join('')
}

function cell(value: string | number | boolean | null): string {
  if (value === null) return ''
  if (typeof value !== 'string') return String(value)
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
