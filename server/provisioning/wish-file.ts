import type { Failure } from '@owlie/connector-kit'
import { connectionNotFound, isId } from '../model/index.ts'
import { readsOnly } from './failures.ts'
import type { Item } from './operation.ts'
import type { ProvisioningParts } from './parts.ts'
import { readWishes, together, type WishLine, type WishText } from './read-wishes.ts'
import { checkItems } from './submit.ts'

/** A file of wishes, looked at line by line before anything is submitted. */
export interface WishFile {
  readonly lines: readonly WishLine[]
  /** The lines nothing is wrong with, as they are to be submitted. */
  readonly items: readonly Item[]
  /** What is wrong with the file as a whole. */
  readonly problems: readonly Failure[]
}

/** Reads a file and checks each line as `submit` would. Stores nothing, touches nothing. */
export async function readWishFile(
  parts: ProvisioningParts,
  tenantId: string,
  connectionId: string,
  text: WishText,
): Promise<WishFile> {
  const wrong = (problem: Failure): WishFile => ({ lines: [], items: [], problems: [problem] })
  const connection = isId(connectionId) ? await parts.connections.get(tenantId, { id: connectionId }) : null
  if (!connection) return wrong(connectionNotFound())
  const connector = parts.connectors.get(connection.connector)
  if (!connector?.manifest.actions) return wrong(readsOnly(connector?.manifest.label ?? connection.connector))
  const read = readWishes(connector.manifest, text)
  if ('problem' in read) return wrong(read.problem)
  const readable = read.lines.flatMap(({ line, item }) => (item ? [{ line, item }] : []))
  const items = readable.map(({ item }) => item)
  const found =
    items.length === 0
      ? []
      : await parts.database.tenant(tenantId, (trx) =>
          checkItems(parts, trx, connector, connection, items, Infinity),
        )
  const ofLine = new Map<number, Failure[]>()
  const problems: Failure[] = []
  for (const failure of found) {
    const [, number, field] = /^items\.(\d+)\.(.*)$/.exec(failure.field ?? '') ?? []
    const place = number ? readable[Number(number) - 1] : undefined
    if (!place) problems.push(failure)
    else ofLine.set(place.line, [...(ofLine.get(place.line) ?? []), { ...failure, field: field ?? '' }])
  }
  const lines = read.lines.map((one) => ({
    ...one,
    problems: [...one.problems, ...(ofLine.get(one.line) ?? [])],
  }))
  const good = lines.flatMap(({ item, problems: own }) => (item && own.length === 0 ? [item] : []))
  return { lines, items: together(connector.manifest, good), problems }
}
