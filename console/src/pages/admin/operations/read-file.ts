import Papa from 'papaparse'
import { fieldsOf, targetsOf, valueOf, type Wish, type WritableAction } from './wish.ts'

/** One row of a file: the wish it stands for, or what is wrong with it. */
export interface Row {
  /** Counted from 1, the heading not counted. */
  readonly number: number
  readonly wish: Wish | null
  readonly problems: readonly string[]
}

/**
 * The wishes of a file. JSON: a list of `{action, target, input}`. CSV: a heading that names the action's targets and
 * fields, an `action` column where rows differ. Pure; every row is told apart, nothing is dropped in silence.
 */
export function readWishes(
  text: string,
  isJson: boolean,
  actions: readonly WritableAction[],
  chosen: string | null,
): { readonly rows: readonly Row[] } | { readonly problem: string } {
  return isJson ? fromJson(text, actions) : fromCsv(text, actions, chosen)
}

function fromJson(text: string, actions: readonly WritableAction[]) {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { problem: 'The file is not JSON.' }
  }
  if (!Array.isArray(value)) return { problem: 'The file has to be a JSON list of {action, target, input}.' }
  const rows = (value as readonly unknown[]).map((each, at): Row => {
    const { action, target, input } = (each ?? {}) as Partial<Wish>
    const found = actions.find(({ name }) => name === action)
    const problems = found ? [] : [`There is no action ${JSON.stringify(action ?? null)}.`]
    const ids = Object.entries(target ?? {}).map(([name, id]) => [name, [id].flat().map(String)] as const)
    const wish = found ? { action: found.name, target: Object.fromEntries(ids), input: input ?? {} } : null
    return { number: at + 1, wish, problems }
  })
  return { rows }
}

function fromCsv(text: string, actions: readonly WritableAction[], chosen: string | null) {
  const parsed = Papa.parse<Record<string, string>>(text.replace(/^\uFEFF/, ''), {
    header: true,
    skipEmptyLines: 'greedy',
    transformHeader: (name) => name.trim(),
  })
  const names = parsed.meta.fields ?? []
  if (parsed.data.length === 0) return { problem: 'The file has a heading but no rows, or is empty.' }
  if (!names.includes('action') && chosen === null)
    return { problem: 'Choose an action, or give the file a column `action`.' }
  const broken = new Map(parsed.errors.map(({ row, message }) => [row ?? -1, message]))
  const rows = parsed.data.map((cells, at): Row => {
    const action = actions.find(({ name }) => name === (cells['action'] ?? chosen ?? '').trim())
    const read = action
      ? wishOf(action, cells)
      : { wish: null, problems: [`There is no action ${cells['action'] ?? chosen}.`] }
    const fault = broken.get(at)
    return fault ? { number: at + 1, wish: null, problems: [fault] } : { number: at + 1, ...read }
  })
  return { rows }
}

function wishOf(action: WritableAction, cells: Readonly<Record<string, string>>): Omit<Row, 'number'> {
  const targets = targetsOf(action).map(({ name }) => name)
  const fields = new Map(fieldsOf(action))
  const problems: string[] = targets.filter((name) => !cells[name]?.trim()).map((name) => `No ${name}.`)
  const input: Record<string, unknown> = {}
  for (const [name, cell] of Object.entries(cells)) {
    if (name === 'action' || targets.includes(name) || cell === undefined || cell.trim() === '') continue
    const schema = fields.get(name)
    if (!schema) {
      problems.push(`${action.name} has no field ${name}.`)
      continue
    }
    try {
      input[name] = valueOf(schema, cell.trim())
    } catch {
      problems.push(`${name} is not JSON.`)
    }
  }
  const target = Object.fromEntries(targets.map((name) => [name, [cells[name]?.trim() ?? '']]))
  return { wish: problems.length === 0 ? { action: action.name, target, input } : null, problems }
}
