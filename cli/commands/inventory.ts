import { once } from 'node:events'
import type { Command } from 'commander'
import type { Context } from '../program.ts'
import { json, plain, say, table } from '../talk.ts'
import { connectionNamed } from './connection.ts'

export const RECORDS = `query Records($id: ID!, $after: String) {
  inventoryRecords(connectionId: $id, first: 1000, after: $after) { records next } }`

export const STALE = `query Stale($id: ID!, $kind: String, $after: String) {
  staleObjects(connectionId: $id, kind: $kind, first: 100, after: $after) {
    total next nodes { kind kindLabel label externalId missedFirstAt lastSeenAt staleSince } } }`

interface StaleObject {
  kind: string
  kindLabel: string
  label: string
  externalId: string
  missedFirstAt: string
  lastSeenAt: string
  staleSince: string
}

interface StalePage {
  staleObjects: { total: number; next: string | null; nodes: StaleObject[] }
}

interface Records {
  inventoryRecords: { records: unknown[]; next: string | null }
}

export function inventoryCommands(root: Command, context: Context): void {
  const noun = root
    .command('inventory')
    .description('What was last seen: accounts, roles, organizations, grants.')
  noun
    .command('export')
    .description('Everything as JSON lines on stdout, sorted: accounts, roles, organizations, then grants.')
    .argument('<name>', 'the connection’s name')
    .option('--json', 'accepted for uniformity: the output is always JSON lines')
    .addHelpText(
      'after',
      '\nExamples:\n  owlie inventory export Auth0 > inventory.jsonl\n' +
        '  owlie inventory export Auth0 | jq -r \'select(.kind == "grant") | [.account, .entitlement] | @tsv\'',
    )
    .action(async (name: string) => {
      const { id } = await connectionNamed(context.api(), name)
      let after: string | null = null
      do {
        const page: Records = await context.api().send<Records>(RECORDS, { id, after })
        const lines = page.inventoryRecords.records.map((record) => `${JSON.stringify(record)}\n`).join('')
        // A slow reader must not make this process hold the whole tenant.
        if (lines !== '' && !process.stdout.write(lines)) await once(process.stdout, 'drain')
        after = page.inventoryRecords.next
      } while (after !== null)
    })
  noun
    .command('stale')
    .description(
      'What was there and is seen no more by complete runs, the latest first. Nothing was removed.',
    )
    .argument('<name>', 'the connection’s name')
    .option('--kind <kind>', 'only of this kind, e.g. users or role_members')
    .option('--json', 'as JSON on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  owlie inventory stale Auth0\n  owlie inventory stale Auth0 --kind users --json',
    )
    .action((name: string, options: StaleOptions) => stale(context, name, options))
}

interface StaleOptions {
  kind?: string
  json?: true
}

async function stale(context: Context, name: string, options: StaleOptions): Promise<void> {
  const { kind = null } = options
  const { id } = await connectionNamed(context.api(), name)
  const all: StaleObject[] = []
  for (let after: string | null = null; ;) {
    const { staleObjects }: StalePage = await context.api().send<StalePage>(STALE, { id, kind, after })
    all.push(...staleObjects.nodes)
    after = staleObjects.next
    if (after === null) break
  }
  if (options.json) return json(all)
  if (all.length === 0) return say(`Nothing${kind ? ` of the kind ${plain(kind)}` : ''} is stale.`)
  table(
    ['KIND', 'WHAT', 'ID', 'LAST SEEN', 'FIRST MISSED'],
    all.map((one) => [one.kindLabel, one.label, one.externalId, one.lastSeenAt, one.missedFirstAt]),
  )
}
