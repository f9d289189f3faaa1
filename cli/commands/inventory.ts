import { once } from 'node:events'
import type { Command } from 'commander'
import type { Context } from '../program.ts'
import { connectionNamed } from './connection.ts'

export const RECORDS = `query Records($id: ID!, $after: String) {
  inventoryRecords(connectionId: $id, first: 1000, after: $after) { records next } }`

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
}
