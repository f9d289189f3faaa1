/** The attributes an identity has, in the order they are shown. Every one is text, one value. */
export const attributes = [
  { name: 'display_name', label: 'Name' },
  { name: 'given_name', label: 'Given name' },
  { name: 'family_name', label: 'Family name' },
  { name: 'email', label: 'E-mail' },
  { name: 'phone', label: 'Phone' },
  { name: 'title', label: 'Title' },
  { name: 'department', label: 'Department' },
  { name: 'manager', label: 'Manager' },
  { name: 'employee_id', label: 'Employee number' },
  { name: 'location', label: 'Location' },
] as const

export type AttributeName = (typeof attributes)[number]['name']

export function isAttribute(name: string): name is AttributeName {
  return attributes.some((attribute) => attribute.name === name)
}

/** What admins have entered, as a source of values. */
export const manualSource = 'manual'

/** A value somebody gave, and who. */
export interface SourcedValue {
  readonly value: string
  /** A connection's id, or `manual`. */
  readonly source: string
  /** The account that says so; null when it was entered. */
  readonly accountId: string | null
  /** The account is no longer seen in its target. */
  readonly isStale: boolean
}

export interface Resolved {
  readonly name: AttributeName
  readonly label: string
  readonly value: string
  readonly source: string
  readonly accountId: string | null
  readonly isStale: boolean
  /** Other values, in the order in which they would have won. Equal values are none. */
  readonly lost: readonly SourcedValue[]
}

/** What one account says, by attribute. */
export interface Statement {
  readonly accountId: string
  readonly connectionId: string
  readonly isStale: boolean
  /** Milliseconds; of two accounts in one connection the one that has been there longer speaks first. */
  readonly firstSeenAt: number
  readonly values: Readonly<Partial<Record<AttributeName, string>>>
}

export interface SourceOrder {
  /** What was set: ids of connections and `manual`, the first that has a value wins. */
  readonly chosen: ReadonlyMap<string, readonly string[]>
  /** Every connection, oldest first: the order of those nobody ranked. */
  readonly connections: readonly string[]
}

/** All sources of an attribute, the first that has a value wins. Unranked ones: entered values first, then as listed. */
export function orderOf(attribute: string, { chosen, connections }: SourceOrder): readonly string[] {
  const ranked = chosen.get(attribute) ?? [manualSource]
  const known = ranked.filter((source) => source === manualSource || connections.includes(source))
  return [...new Set([...known, ...connections, manualSource])]
}

/**
 * What an identity's attributes are, and what lost. An account that is gone from its target speaks after all that are
 * there, whatever its connection's rank: what it says is as old as its last sight. Pure.
 */
export function resolve(
  manual: Readonly<Partial<Record<AttributeName, string>>>,
  statements: readonly Statement[],
  order: SourceOrder,
): readonly Resolved[] {
  return attributes.flatMap(({ name, label }) => {
    const ranks = new Map(orderOf(name, order).map((source, rank) => [source, rank]))
    const said = valuesOf(name, manual, statements).sort(
      (a, b) =>
        Number(a.isStale) - Number(b.isStale) ||
        ranks.get(a.source)! - ranks.get(b.source)! ||
        a.since - b.since ||
        (a.accountId! < b.accountId! ? -1 : 1),
    )
    const [won, ...others] = said
    if (!won) return []
    const lost = others.filter(({ value }) => value !== won.value).map(sourced)
    return [{ name, label, ...sourced(won), lost }]
  })
}

type Said = SourcedValue & { readonly since: number }

function sourced({ value, source, accountId, isStale }: Said): SourcedValue {
  return { value, source, accountId, isStale }
}

function valuesOf(
  name: AttributeName,
  manual: Readonly<Partial<Record<AttributeName, string>>>,
  statements: readonly Statement[],
): Said[] {
  const entered = manual[name]
  const said = statements.flatMap(({ accountId, connectionId, isStale, firstSeenAt, values }) => {
    const value = values[name]
    return value === undefined
      ? []
      : [{ value, source: connectionId, accountId, isStale, since: firstSeenAt }]
  })
  if (entered === undefined) return said
  return [{ value: entered, source: manualSource, accountId: null, isStale: false, since: 0 }, ...said]
}

/** The winning values alone. */
export function profileOf(resolved: readonly Resolved[]): Partial<Record<AttributeName, string>> {
  return Object.fromEntries(resolved.map(({ name, value }) => [name, value]))
}
