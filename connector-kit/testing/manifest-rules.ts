import type { Connector, ObjectKind } from '../connector.ts'
import type { Complaint } from './rules.ts'

/** What is inconsistent inside a manifest, without any target. */
export function manifestComplaints({ manifest, read }: Connector): readonly Complaint[] {
  const names = manifest.kinds.map(({ name }) => name)
  const complaints: Complaint[] = []
  if (new Set(names).size < names.length) complaints.push('a kind is named twice')
  for (const { name, carriedBy } of manifest.kinds) {
    if (carriedBy === undefined && typeof read[name] !== 'function') complaints.push(`${name} has no reader`)
    if (carriedBy !== undefined && read[name] !== undefined)
      complaints.push(`${name} is carried by ${carriedBy} and has a reader too`)
  }
  for (const name of Object.keys(read))
    if (!names.includes(name)) complaints.push(`the reader ${name} has no kind`)
  for (const kind of manifest.kinds) complaints.push(...kindComplaints(kind, names))
  complaints.push(...tieComplaints(manifest.kinds))
  const needed = new Set(manifest.capabilities.flatMap(({ scopes }) => scopes))
  for (const { name, scopes } of [...manifest.presets, ...manifest.kinds])
    for (const scope of scopes)
      if (!needed.has(scope)) complaints.push(`${name} asks for ${scope}, which no capability uses`)
  if (!manifest.fields.some(({ bindsSecrets }) => bindsSecrets)) complaints.push('no field binds the secret')
  for (const { name, hint, label } of manifest.fields)
    if (hint.trim() === '' || label.trim() === '')
      complaints.push(`the field ${name} does not explain itself`)
  return complaints
}

function kindComplaints(kind: ObjectKind, names: readonly string[]): readonly Complaint[] {
  const complaints: Complaint[] = []
  const own = names.indexOf(kind.name)
  // Kinds are listed in an order in which they can be read.
  for (const before of kind.prerequisites) {
    const at = names.indexOf(before)
    if (at === -1 || at >= own) complaints.push(`${kind.name} needs ${before}, which does not come before it`)
  }
  if (kind.carriedBy !== undefined) {
    const carrier = names.indexOf(kind.carriedBy)
    if (carrier === -1 || carrier >= own)
      complaints.push(`${kind.name} is carried by ${kind.carriedBy}, which does not come before it`)
    if (kind.container !== undefined) complaints.push(`${kind.name} is carried and has a container`)
    if (kind.optional !== true) complaints.push(`${kind.name} is carried and not optional`)
  }
  if (kind.container !== undefined && !kind.prerequisites.includes(kind.container))
    complaints.push(`${kind.name} is read per ${kind.container}, which is not among its prerequisites`)
  if (kind.yields !== 'account' && kind.entitlementType === undefined)
    complaints.push(`${kind.name} does not say of which entitlement type it is`)
  if (kind.scopes.length === 0) complaints.push(`${kind.name} needs no permission at all`)
  return complaints
}

/** Ties lead from something that can be held to something that exists. */
function tieComplaints(kinds: readonly ObjectKind[]): readonly Complaint[] {
  const types = new Set(
    kinds.filter(({ yields }) => yields === 'entitlement').map((kind) => kind.entitlementType),
  )
  return kinds.flatMap(({ name, yields, tie, allowsAs, inside }) => {
    const gain = tie && 'gain' in tie ? tie.gain : undefined
    const named = [tie?.holdersOf, gain, allowsAs, inside].filter((one) => one !== undefined)
    if (named.length === 0) return []
    if (yields !== 'entitlement') return [`${name} ties entitlements together and is none`]
    return named
      .filter(({ type }) => !types.has(type))
      .map(({ type }) => `${name} names the type ${type}, of which there is no kind`)
  })
}
