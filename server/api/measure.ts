import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
  Kind,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  getArgumentValues,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  typeFromAST,
} from 'graphql'

/** What running an operation would take and touch, known before anything runs. */
export interface Measure {
  /** Fields inside fields; introspection is not counted (graphql-js bounds it by a rule of its own). */
  readonly depth: number
  readonly aliases: number
  /** Objects that could have to be made, at worst; see `costOf`. */
  readonly cost: number
  /** `Type.field` of everything that would be resolved. */
  readonly fields: ReadonlySet<string>
  /** Page sizes asked for, as `Type.field` → size. */
  readonly pages: readonly { readonly field: string; readonly first: number }[]
}

/** Fields that read more than the object they give; what that is worth in objects. */
const weights: Readonly<Record<string, number>> = {
  // Several queries over everything the account holds.
  'Account.effectiveAccess': 200,
}

/** How many members a plain list (without `first`) is assumed to have. */
const assumedListLength = 10

interface Walk {
  readonly schema: GraphQLSchema
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>
  readonly variables: Record<string, unknown>
  /** Fragments measured once however often they are spread, so that a doubling chain of them costs nothing. */
  readonly known: Map<string, Measure>
}

const nothing: Measure = { depth: 0, aliases: 0, cost: 0, fields: new Set(), pages: [] }

/**
 * Measures one operation of a document that has passed validation (so fields exist and fragments do not cycle).
 * Pure. Both branches of `@skip` and `@include` count.
 */
export function measure(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown>,
): Measure {
  const root = schema.getRootType(operation.operation)
  if (!root) return nothing
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  return selection({ schema, fragments, variables, known: new Map() }, root, operation.selectionSet)
}

function selection(walk: Walk, parent: GraphQLCompositeType, set: SelectionSetNode): Measure {
  return set.selections
    .map((node) => {
      if (node.kind === Kind.FIELD) return field(walk, parent, node)
      if (node.kind === Kind.FRAGMENT_SPREAD) return fragment(walk, node.name.value)
      const type = node.typeCondition ? typeFromAST(walk.schema, node.typeCondition) : parent
      return isCompositeType(type) ? selection(walk, type, node.selectionSet) : nothing
    })
    .reduce(beside, nothing)
}

function fragment(walk: Walk, name: string): Measure {
  const known = walk.known.get(name)
  if (known) return known
  const definition = walk.fragments.get(name)
  const type = definition && typeFromAST(walk.schema, definition.typeCondition)
  const measured =
    definition && isCompositeType(type) ? selection(walk, type, definition.selectionSet) : nothing
  walk.known.set(name, measured)
  return measured
}

function field(walk: Walk, parent: GraphQLCompositeType, node: FieldNode): Measure {
  const name = node.name.value
  const aliases = node.alias ? 1 : 0
  const meta = [SchemaMetaFieldDef, TypeMetaFieldDef].find((known) => known.name === name)
  if (meta) return { ...nothing, aliases: aliases + under(walk, meta, node).aliases, depth: 1 }
  const definition = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined
  if (!definition) return { ...nothing, aliases, depth: 1 } // __typename
  const inner = under(walk, definition, node)
  const first = pageSize(definition, node, walk.variables)
  const label = `${parent.name}.${name}`
  return {
    depth: 1 + inner.depth,
    aliases: aliases + inner.aliases,
    cost: costOf(definition, first, inner.cost) + (weights[label] ?? 0),
    fields: new Set([label, ...inner.fields]),
    pages: first === null ? inner.pages : [{ field: label, first }, ...inner.pages],
  }
}

function under(walk: Walk, definition: GraphQLField<unknown, unknown>, node: FieldNode): Measure {
  const type = getNamedType(definition.type)
  return isCompositeType(type) && node.selectionSet ? selection(walk, type, node.selectionSet) : nothing
}

/** A leaf is free, an object is one; what is under a page counts once per row asked for. */
function costOf(definition: GraphQLField<unknown, unknown>, first: number | null, inner: number): number {
  if (!isCompositeType(getNamedType(definition.type))) return 0
  if (first !== null) return (1 + inner) * Math.max(first, 1)
  const rows =
    isListType(getNullableType(definition.type)) && definition.name !== 'nodes' ? assumedListLength : 1
  return (1 + inner) * rows
}

function pageSize(
  definition: GraphQLField<unknown, unknown>,
  node: FieldNode,
  variables: Record<string, unknown>,
): number | null {
  if (!definition.args.some((argument) => argument.name === 'first')) return null
  const first: unknown = getArgumentValues(definition, node, variables)['first']
  return typeof first === 'number' ? first : 0
}

function beside(a: Measure, b: Measure): Measure {
  return {
    depth: Math.max(a.depth, b.depth),
    aliases: a.aliases + b.aliases,
    cost: a.cost + b.cost,
    fields: new Set([...a.fields, ...b.fields]),
    pages: [...a.pages, ...b.pages],
  }
}
