import { actionOf, type ActionKind, type Failure, type Json, type Manifest } from '@owlie/connector-kit'
import Papa from 'papaparse'
import { lineProblem } from './failures.ts'
import type { Item } from './operation.ts'
import { canonicalJson } from './unit.ts'
import { count } from './words.ts'

/** A file of wishes, as text. */
export interface WishText {
  readonly format: 'csv' | 'json'
  readonly text: string
  /** The action of the lines that name none. */
  readonly action: string | null
}

/** One wish of a file, or what is wrong with it. */
export interface WishLine {
  /** CSV: the line of the file it begins on, the heading being a line too. JSON: its place in the list. From 1. */
  readonly line: number
  readonly item: Item | null
  readonly problems: readonly Failure[]
}

type Read = { readonly lines: readonly WishLine[] } | { readonly problem: Failure }

/**
 * The wishes of a file. JSON: a list of `{action, target, input}`. CSV: a heading that names the action's targets and
 * fields, an `action` column where lines differ; an empty cell wishes for nothing. Every line is told apart, nothing is
 * dropped in silence. Pure.
 */
export function readWishes(manifest: Manifest, { format, text, action }: WishText): Read {
  const plain = text.replace(/^\uFEFF/, '')
  return format === 'json' ? fromJson(manifest, plain, action) : fromCsv(manifest, plain, action)
}

/** Wishes that differ only in the ids of one target, as one item. Pure; the plan is the same either way. */
export function together(manifest: Manifest, items: readonly Item[]): readonly Item[] {
  const groups = new Map<string, Item>()
  for (const item of items) {
    const action = actionOf(manifest, item.action)
    const name = action?.batch?.[0]?.of ?? action?.targets.at(-1)?.name
    const { [name ?? '']: ids = [], ...others } = item.target
    // Creating twice is two wishes, though nothing tells them apart.
    const key = name === undefined ? String(groups.size) : canonicalJson([item.action, item.input, others])
    const before = groups.get(key)
    const target = name ? { ...item.target, [name]: [...(before?.target[name] ?? []), ...ids] } : item.target
    groups.set(key, { ...item, target })
  }
  return [...groups.values()]
}

function fromJson(manifest: Manifest, text: string, chosen: string | null): Read {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { problem: lineProblem('not_json', 'The file is not JSON.') }
  }
  if (!Array.isArray(value))
    return {
      problem: lineProblem('not_a_list', 'The file has to be a JSON list of {action, target, input}.'),
    }
  if (value.length === 0) return { problem: lineProblem('empty', 'The list is empty.') }
  const lines = (value as readonly unknown[]).map((each, at): WishLine => {
    const { action = chosen, target, input } = (each ?? {}) as Readonly<Record<string, unknown>>
    const found = typeof action === 'string' ? actionOf(manifest, action) : null
    if (!found)
      return refused(at + 1, lineProblem('no_action', `There is no action ${JSON.stringify(action)}.`))
    if (!isObject(target ?? {}) || !isObject(input ?? {}))
      return refused(at + 1, lineProblem('shape', 'target and input have to be objects.'))
    const ids = Object.entries(target ?? {}).map(([name, id]) => [name, [id].flat().map(String)] as const)
    const item = {
      action: found.name,
      target: Object.fromEntries(ids),
      input: (input ?? {}) as Item['input'],
    }
    return { line: at + 1, item, problems: [] }
  })
  return { lines }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function refused(line: number, ...problems: readonly Failure[]): WishLine {
  return { line, item: null, problems }
}

interface Row {
  readonly line: number
  readonly cells: readonly string[]
  readonly fault: string | null
}

function fromCsv(manifest: Manifest, text: string, chosen: string | null): Read {
  const [heading, ...rows] = rowsOf(text)
  if (heading === undefined || rows.length === 0)
    return { problem: lineProblem('empty', 'The file has a heading but no lines, or is empty.') }
  const names = heading.cells.map((name) => name.trim())
  const twice = names.find((name, at) => name !== '' && names.indexOf(name) !== at)
  if (twice) return { problem: lineProblem('heading', `The heading names ${twice} twice.`) }
  if (!names.includes('action') && chosen === null)
    return { problem: lineProblem('no_action', 'Choose an action, or give the file a column `action`.') }
  const lines = rows.map(({ line, cells, fault }): WishLine => {
    if (fault) return refused(line, lineProblem('broken', fault))
    if (cells.length !== names.length) {
      const counts = `${count(cells.length, 'cell')}, the heading has ${names.length}`
      return refused(line, lineProblem('cells', `The line has ${counts}.`))
    }
    const named = Object.fromEntries(names.map((name, at) => [name, (cells[at] ?? '').trim()]))
    const wanted = named['action'] || (chosen ?? '')
    const action = actionOf(manifest, wanted)
    if (!action) return refused(line, lineProblem('no_action', `There is no action ${wanted}.`))
    return { line, ...itemOf(action, named) }
  })
  return { lines }
}

/** Lines with their place in the file; a quoted cell may hold line breaks, and empty lines are none. */
function rowsOf(text: string): readonly Row[] {
  const { data, errors } = Papa.parse<readonly string[]>(text)
  const faults = new Map(
    // Nothing but one column is no fault.
    errors.flatMap(({ row, code, message }) =>
      code === 'UndetectableDelimiter' ? [] : [[row ?? 0, message] as const],
    ),
  )
  let line = 1
  const rows: Row[] = []
  for (const [at, cells] of data.entries()) {
    const isEmpty = cells.every((cell) => cell.trim() === '')
    if (!isEmpty || faults.has(at)) rows.push({ line, cells, fault: faults.get(at) ?? null })
    line += 1 + cells.reduce((breaks, cell) => breaks + (cell.match(/\r\n|\r|\n/g)?.length ?? 0), 0)
  }
  return rows
}

function itemOf(action: ActionKind, cells: Readonly<Record<string, string>>): Omit<WishLine, 'line'> {
  const targets = action.targets.map(({ name }) => name)
  const fields = (action.input['properties'] ?? {}) as Readonly<Record<string, { readonly type?: Json }>>
  const problems = targets
    .filter((name) => !cells[name])
    .map((name) => lineProblem('no_target', `No ${name}.`, name))
  const input: Record<string, Json> = {}
  for (const [name, cell] of Object.entries(cells)) {
    if (name === 'action' || targets.includes(name) || cell === '') continue
    const schema = Object.hasOwn(fields, name) ? fields[name]! : null
    const value = schema ? valueOf(schema, cell) : undefined
    if (!schema) problems.push(lineProblem('no_field', `${action.name} has no field ${name}.`, name))
    else if (value === undefined) problems.push(lineProblem('value', wrongValue(schema, name), name))
    else input[name] = value
  }
  if (problems.length > 0) return { item: null, problems }
  const target = Object.fromEntries(targets.map((name) => [name, [cells[name] ?? '']]))
  return { item: { action: action.name, target, input }, problems }
}

function typesOf({ type }: { readonly type?: Json }): readonly Json[] {
  return [type ?? []].flat()
}

/** A cell as the value it stands for; undefined where it stands for none. */
function valueOf(schema: { readonly type?: Json }, cell: string): Json | undefined {
  const types = typesOf(schema)
  if (types.includes('boolean')) return cell === 'true' ? true : cell === 'false' ? false : undefined
  if (types.includes('string')) return cell
  try {
    return JSON.parse(cell) as Json
  } catch {
    return undefined
  }
}

function wrongValue(schema: { readonly type?: Json }, name: string): string {
  return typesOf(schema).includes('boolean') ? `${name} has to be true or false.` : `${name} is not JSON.`
}
