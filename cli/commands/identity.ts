import type { Command } from 'commander'
import { FAILURE, accepted, type Api } from '../api.ts'
import { refuse } from '../exit.ts'
import type { Context } from '../program.ts'
import { bold, dim, green, json, plain, say, table } from '../talk.ts'
import { connectionNamed } from './connection.ts'

interface Identity {
  id: string
  displayName: string
  email: string | null
  kind: string
  status: string
  accountCount: number
  mergedInto: { id: string; displayName: string } | null
}

interface Detail extends Identity {
  attributes: {
    label: string
    value: string
    source: { id: string; connection: { name: string } | null }
    lost: { value: string }[]
  }[]
  accounts: {
    account: { id: string; externalId: string; displayName: string; connection: { name: string } }
    nature: string
    origin: string
    rule: string | null
    score: number | null
    decidedBy: string
  }[]
}

const IDENTITY = 'id displayName email kind status accountCount mergedInto { id displayName }'
const RESULT = `... on Identity { ${IDENTITY} } ... on Refusal { failures { ${FAILURE} } }`

export const LIST = `query Identities($search: String, $connectionId: ID, $first: Int, $after: String) {
  identities(filter: { search: $search, connectionId: $connectionId }, first: $first, after: $after) {
    nodes { ${IDENTITY} } next total } }`
export const SHOW = `query Identity($id: ID!) { identity(id: $id) { ${IDENTITY}
  attributes { label value source { id connection { name } } lost { value } }
  accounts { account { id externalId displayName connection { name } } nature origin rule score decidedBy } } }`
export const QUEUE = `query Queue($connectionId: ID, $first: Int, $after: String) {
  identityReview(connectionId: $connectionId, first: $first, after: $after) { total next nodes { score
    account { id externalId displayName email connection { name } } identity { id displayName }
    candidates { score rule identity { id displayName email } evidence { rule sentence value } } } } }`
export const MERGE = `mutation Merge($fromId: ID!, $intoId: ID!, $reason: String) {
  mergeIdentities(fromId: $fromId, intoId: $intoId, reason: $reason) { ${RESULT} } }`
export const UNMERGE = `mutation Unmerge($id: ID!) { unmergeIdentity(id: $id) {
  ... on Unmerged { identity { ${IDENTITY} } from { ${IDENTITY} } stayed } ... on Refusal { failures { ${FAILURE} } } } }`
export const LINK = `mutation Link($accountId: ID!, $identityId: ID!, $moveFrom: ID) {
  linkAccount(accountId: $accountId, identityId: $identityId, moveFrom: $moveFrom) { ${RESULT} } }`
export const UNLINK = `mutation Unlink($accountId: ID!, $identityId: ID!) {
  unlinkAccount(accountId: $accountId, identityId: $identityId) { ${RESULT} } }`

interface JsonOption {
  json?: true
}

interface ListOptions extends JsonOption {
  connection?: string
  first: string
}

export function identityCommands(root: Command, context: Context): void {
  const noun = root.command('identity').description('People and machines, and whose account is whose.')
  noun
    .command('list')
    .description('Identities by name.')
    .argument('[search]', 'part of the name or of any value')
    .option('--connection <name>', 'only those with an account there')
    .option('--first <n>', 'at most so many', '50')
    .option('--json', 'as JSON on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  owlie identity list lovelace\n  owlie identity list --connection Auth0 --json',
    )
    .action((search: string | undefined, options: ListOptions) => list(context, search, options))
  noun
    .command('show')
    .description('One identity: its attributes with their sources, and its accounts.')
    .argument('<identity>', 'the identity’s id')
    .option('--json', 'as JSON on stdout')
    .addHelpText('after', '\nExamples:\n  owlie identity show ID\n  owlie identity show ID --json')
    .action((id: string, options: JsonOption) => show(context, id, options))
  noun
    .command('queue')
    .description('Doubtful matches that wait for an admin, the likeliest first.')
    .option('--connection <name>', 'only its accounts')
    .option('--first <n>', 'at most so many', '20')
    .option('--json', 'as JSON on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  owlie identity queue\n  owlie identity queue --connection Auth0 --json',
    )
    .action((options: ListOptions) => queue(context, options))
  decisions(noun, context)
}

function decisions(noun: Command, context: Context): void {
  noun
    .command('merge')
    .description('Two identities are one: the accounts of the first go to the second. Can be undone.')
    .argument('<from>', 'the identity that is merged away')
    .argument('<into>', 'the identity that stays')
    .option('--reason <text>', 'why, for the record')
    .option('--json', 'the identity that stays, as JSON on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  owlie identity merge FROM INTO --reason "one person, two contracts"\n  owlie identity merge FROM INTO --json',
    )
    .action(async (fromId: string, intoId: string, options: JsonOption & { reason?: string }) => {
      const variables = { fromId, intoId, reason: options.reason ?? null }
      const sent = await context.api().send<{ mergeIdentities: Identity }>(MERGE, variables)
      done(accepted(sent.mergeIdentities), options, 'Merged into')
    })
  noun
    .command('unmerge')
    .description('Undo a merge: everything goes back to where it was.')
    .argument('<identity>', 'the identity that was merged away')
    .option('--json', 'both identities as JSON on stdout')
    .addHelpText('after', '\nExamples:\n  owlie identity unmerge ID\n  owlie identity unmerge ID --json')
    .action((id: string, options: JsonOption) => unmerge(context, id, options))
  noun
    .command('link')
    .description('Say whose an account is. No rule changes that afterwards.')
    .argument('<account>', 'the account’s id')
    .argument('<identity>', 'the identity’s id')
    .option('--move-from <identity>', 'the identity it is taken from, when it is linked to another')
    .option('--json', 'the identity as JSON on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  owlie identity link ACCOUNT IDENTITY\n  owlie identity link ACCOUNT IDENTITY --move-from OTHER --json',
    )
    .action(async (accountId: string, identityId: string, options: JsonOption & { moveFrom?: string }) => {
      const variables = { accountId, identityId, moveFrom: options.moveFrom ?? null }
      const sent = await context.api().send<{ linkAccount: Identity }>(LINK, variables)
      done(accepted(sent.linkAccount), options, 'Linked to')
    })
  noun
    .command('unlink')
    .description('Take an account from its identity. No rule links it again.')
    .argument('<account>', 'the account’s id')
    .argument('<identity>', 'the identity it is linked to')
    .option('--json', 'the identity as JSON on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  owlie identity unlink ACCOUNT IDENTITY\n  owlie identity unlink ACCOUNT IDENTITY --json',
    )
    .action(async (accountId: string, identityId: string, options: JsonOption) => {
      const sent = await context.api().send<{ unlinkAccount: Identity }>(UNLINK, { accountId, identityId })
      done(accepted(sent.unlinkAccount), options, 'Taken from')
    })
}

function done(identity: Identity, options: JsonOption, words: string): void {
  if (options.json) return json(identity)
  say(`${green('✓')} ${words} ${bold(plain(identity.displayName))}, now with ${accounts(identity)}.`)
}

async function unmerge(context: Context, id: string, options: JsonOption): Promise<void> {
  const sent = await context
    .api()
    .send<{ unmergeIdentity: { identity: Identity; from: Identity; stayed: string[] } }>(UNMERGE, { id })
  const undone = accepted(sent.unmergeIdentity)
  if (options.json) return json(undone)
  const { identity, from, stayed } = undone
  say(`${green('✓')} ${bold(plain(identity.displayName))} is itself again, with ${accounts(identity)}.`)
  if (stayed.length > 0) {
    say(`  Moved on since the merge, and left where they are: ${stayed.join(', ')}.`)
  }
  say(dim(`  It had been merged into ${plain(from.displayName)} (${from.id}).`))
}

async function list(context: Context, search: string | undefined, options: ListOptions): Promise<void> {
  const api = context.api()
  const connectionId = await connectionIdOf(api, options.connection)
  const sent = await api.send<{ identities: { nodes: Identity[]; total: number } }>(LIST, {
    ...{ search: search ?? null, connectionId },
    ...{ first: firstOf(options, 100), after: null },
  })
  const { nodes, total } = sent.identities
  if (options.json) return json(nodes)
  table(
    ['IDENTITY', 'NAME', 'E-MAIL', 'KIND', 'STATUS', 'ACCOUNTS'],
    nodes.map((one) => [
      ...[one.id, one.displayName, one.email ?? '-', one.kind, one.status],
      String(one.accountCount),
    ]),
  )
  if (total > nodes.length) say(dim(`${nodes.length} of ${total}; narrow the search, or raise --first.`))
}

async function show(context: Context, id: string, options: JsonOption): Promise<void> {
  const { identity } = await context.api().send<{ identity: Detail | null }>(SHOW, { id })
  if (!identity) {
    throw refuse(
      'missing',
      'identity.not_found',
      'There is no such identity.',
      'Look with: owlie identity list NAME',
    )
  }
  if (options.json) return json(identity)
  say(`${bold(plain(identity.displayName))}  ${identity.kind}, ${identity.status}`)
  const { mergedInto } = identity
  if (mergedInto) say(`Merged into ${plain(mergedInto.displayName)} (${mergedInto.id}).`)
  table(
    ['ATTRIBUTE', 'VALUE', 'FROM', 'LOST'],
    identity.attributes.map(({ label, value, source, lost }) => [
      ...[label, value, source.connection?.name ?? 'entered by hand'],
      lost.map((each) => each.value).join(', ') || '-',
    ]),
  )
  say()
  table(
    ['ACCOUNT', 'CONNECTION', 'ID THERE', 'NAME', 'LINKED BY'],
    identity.accounts.map(({ account, nature, origin, rule, decidedBy }) => [
      ...[account.id, account.connection.name, account.externalId],
      nature === 'service' ? `${account.displayName} (service)` : account.displayName,
      origin === 'rule' ? `rule ${rule ?? ''}` : decidedBy,
    ]),
  )
}

interface QueueItem {
  score: number
  account: { id: string; displayName: string; email: string | null; connection: { name: string } }
  identity: { id: string; displayName: string } | null
  candidates: {
    score: number
    identity: { id: string; displayName: string; email: string | null }
    evidence: { sentence: string; value: string }[]
  }[]
}

async function queue(context: Context, options: ListOptions): Promise<void> {
  const api = context.api()
  const connectionId = await connectionIdOf(api, options.connection)
  const variables = { connectionId, first: firstOf(options, 50), after: null }
  const sent = await api.send<{ identityReview: { nodes: QueueItem[]; total: number } }>(QUEUE, variables)
  const { nodes, total } = sent.identityReview
  if (options.json) return json(nodes)
  if (total === 0) return say('Nothing waits for review.')
  for (const { account, identity, candidates } of nodes) {
    const own = identity ? `, of ${plain(identity.displayName)} (${identity.id})` : ''
    say(`${bold(plain(account.displayName))} in ${plain(account.connection.name)}${own}  ${dim(account.id)}`)
    for (const candidate of candidates) {
      const { displayName, email, id } = candidate.identity
      say(`  ${candidate.score}  ${plain(displayName)} ${plain(email ?? '')}  ${dim(id)}`)
      for (const { sentence, value } of candidate.evidence)
        say(dim(`      ${plain(value)}: ${plain(sentence)}`))
    }
  }
  say(dim(`${nodes.length} of ${total}. Decide with: owlie identity link ACCOUNT IDENTITY, or merge.`))
}

async function connectionIdOf(api: Api, name: string | undefined): Promise<string | null> {
  return name === undefined ? null : (await connectionNamed(api, name)).id
}

function firstOf({ first }: ListOptions, most: number): number {
  const count = Number(first)
  if (Number.isInteger(count) && count >= 1 && count <= most) return count
  throw refuse(
    'config',
    'cli.first',
    `--first is not a number from 1 to ${most}: ${first}`,
    'Give one, e.g. --first 20.',
  )
}

function accounts({ accountCount }: Identity): string {
  return accountCount === 1 ? '1 account' : `${accountCount} accounts`
}
