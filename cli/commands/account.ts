import type { Command } from 'commander'
import { FAILURE, accepted, type Api } from '../api.ts'
import { exitCodes, refuse } from '../exit.ts'
import type { Context } from '../program.ts'
import { bold, dim, json, plain, say, table, yellow } from '../talk.ts'

const ACCESS_FIELDS = `id externalId displayName connection { name connector { label } } effectiveAccess { asOf
  entitlements { entitlement { id type externalId displayName } origins { words inside { id displayName } } }
  permissions { name api apiName origins { words inside { id displayName } } }
  unseen { kind label sentence scopes } }`
export const ACCESS = `query AccountAccess($id: ID!) { account(id: $id) { ${ACCESS_FIELDS} } }`
export const FOUND = `query FindAccount($filter: AccountFilter) {
  accounts(filter: $filter, first: 100) { nodes { id externalId email connection { name } } } }`
export const PERMISSIONS = `mutation ReadPermissions($id: ID!) { readAccountPermissions(accountId: $id) {
  ... on AccountPermissions { readAt requests permissions { name api apiName sources { type id name } } }
  ... on Refusal { failures { ${FAILURE} } } } }`

interface Origin {
  words: string
}

interface Access {
  id: string
  externalId: string
  displayName: string
  connection: { name: string; connector: { label: string } }
  effectiveAccess: {
    asOf: string | null
    entitlements: { entitlement: { type: string; displayName: string }; origins: Origin[] }[]
    permissions: { name: string; api: string; apiName: string | null; origins: Origin[] }[]
    unseen: { label: string; scopes: string[] }[]
  }
}

interface Permissions {
  readAt: string
  requests: number
  permissions: {
    name: string
    api: string
    apiName: string | null
    sources: { type: string; id: string | null; name: string | null }[]
  }[]
}

interface Found {
  accounts: {
    nodes: { id: string; externalId: string; email: string | null; connection: { name: string } }[]
  }
}

export function accountCommands(root: Command, context: Context): void {
  const noun = root.command('account').description('One account: what it can do, and why.')
  noun
    .command('access')
    .description(
      'What an account holds and may do, directly, through groups and through roles, from the inventory.',
    )
    .argument('<account>', 'its id in Owlie or in the system, or its e-mail address')
    .option('--permissions', 'also ask the system now, for permissions given to the account itself')
    .option('--json', 'everything as JSON on stdout')
    .addHelpText(
      'after',
      "\nExamples:\n  owlie account access 'auth0|65f0c1' --permissions\n" +
        "  owlie account access ada@example.com --json | jq -r '.effectiveAccess.permissions[].name'",
    )
    .action((account: string, options: { permissions?: true; json?: true }) =>
      access(context, account, options),
    )
}

async function access(
  context: Context,
  wanted: string,
  options: { permissions?: true; json?: true },
): Promise<void> {
  const api = context.api()
  const id = await accountId(api, wanted)
  const { account } = await api.send<{ account: Access | null }>(ACCESS, { id })
  if (!account) throw noAccount(wanted)
  const asked = options.permissions
    ? accepted(
        (await api.send<{ readAccountPermissions: Permissions }>(PERMISSIONS, { id })).readAccountPermissions,
      )
    : null
  if (options.json) return json({ ...account, ...(asked ? { permissionsNow: asked } : {}) })
  print(account)
  if (asked) printAsked(account.connection.connector.label, asked)
}

const isOwliesId = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)

async function accountId(api: Api, wanted: string): Promise<string> {
  if (isOwliesId(wanted)) return wanted
  const { accounts } = await api.send<Found>(FOUND, { filter: { search: wanted } })
  const byId = accounts.nodes.filter(({ externalId }) => externalId === wanted)
  const byEmail = accounts.nodes.filter(({ email }) => email?.toLowerCase() === wanted.toLowerCase())
  const found = byId.length > 0 ? byId : byEmail
  if (found.length === 0) throw noAccount(wanted)
  if (found.length === 1) return found[0]!.id
  const which = found.map(({ id, connection }) => `${id} (${connection.name})`).join(', ')
  const message = `${found.length} accounts go by ${wanted}.`
  throw refuse('conflict', 'cli.account_ambiguous', message, `Say which: ${which}.`)
}

function noAccount(wanted: string): Error {
  const remedy = 'Look for it with: owlie inventory export <connection>; a sync may not have seen it yet.'
  return refuse(
    'missing',
    'cli.account_not_found',
    `There is no account ${wanted}.`,
    remedy,
    exitCodes.notFound,
  )
}

function print({ displayName, externalId, effectiveAccess }: Access): void {
  const { asOf, entitlements, permissions, unseen } = effectiveAccess
  const ways = (origins: readonly Origin[]): string => origins.map(({ words }) => words).join('; ')
  say(`${bold(plain(displayName))} ${dim(plain(externalId))}`)
  say(dim(asOf ? `from what syncs saw, as of ${asOf}` : 'no sync has read this completely yet'))
  table(
    ['HOLDS', 'KIND', 'WHERE IT COMES FROM'],
    entitlements.map(({ entitlement: { displayName: name, type }, origins }) => [
      ...[name, type.replaceAll('_', ' '), ways(origins)],
    ]),
  )
  table(
    ['PERMISSION', 'API', 'WHERE IT COMES FROM'],
    permissions.map(({ name, api, apiName, origins }) => [name, apiName ?? api, ways(origins)]),
  )
  for (const { label, scopes } of unseen)
    say(yellow(`Not in here: ${plain(label.toLowerCase())}, never read completely (${scopes.join(' ')}).`))
}

function printAsked(system: string, { permissions, readAt, requests }: Permissions): void {
  say(dim(`${plain(system)} itself, asked ${readAt} with ${requests} requests:`))
  table(
    ['PERMISSION', 'API', 'SOURCE'],
    permissions.map(({ name, api, apiName, sources }) => [
      ...[name, apiName ?? api],
      sources
        .map((one) => (one.type === 'direct' ? 'given directly' : `role ${one.name ?? one.id}`))
        .join('; '),
    ]),
  )
}
