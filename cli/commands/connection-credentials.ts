import type { Command } from 'commander'
import { FAILURE, accepted, type Api } from '../api.ts'
import { refuse } from '../exit.ts'
import type { Context } from '../program.ts'
import { secretOf, secretOptions, type SecretOptions } from '../secret-input.ts'
import { bold, dim, green, json, plain, say, yellow } from '../talk.ts'
import { connectionNamed, follow, TEST, type Test } from './connection.ts'

interface PublicKey {
  pem: string
  jwk: Record<string, unknown>
  thumbprint: string
}

interface WaitingKey {
  id: string
  publicKey: PublicKey
  madeBy: string
  madeAt: string
}

interface Keys {
  id: string
  waitingKeys: WaitingKey[]
  secrets: { field: string; setBy: string | null; setAt: string | null; publicKey: PublicKey | null }[]
}

const PUBLIC_KEY = 'pem jwk thumbprint'
const WAITING_KEY = `id madeBy madeAt publicKey { ${PUBLIC_KEY} }`
export const KEYS_OF = `query KeysOf($name: String!) { connection(name: $name) { id
  waitingKeys { ${WAITING_KEY} } secrets { field setBy setAt publicKey { ${PUBLIC_KEY} } } } }`
export const WAITING = `query Waiting($connector: String!) { waitingKeys(connector: $connector) { ${WAITING_KEY} } }`
export const CREATE_CONNECTION_KEY = `mutation CreateConnectionKey($connector: String, $connectionId: ID) {
  createConnectionKey(connector: $connector, connectionId: $connectionId) {
    ... on WaitingKey { ${WAITING_KEY} } ... on Refusal { failures { ${FAILURE} } } } }`
export const REPLACE = `mutation Replace($input: ReplaceCredentialInput!) {
  replaceCredential(input: $input) { ... on ConnectionTest { ${TEST} } ... on Refusal { failures { ${FAILURE} } } } }`

export function connectionCredentialCommands(noun: Command, context: Context): void {
  secretOptions(noun.command('rotate-secret'))
    .description('Test a new Client Secret and, only when it works, use it instead of the old one.')
    .argument('<name>', 'the connection’s name')
    .option('--json', 'the report as JSON on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  owlie connection rotate-secret Auth0 --secret-stdin < new-secret.txt\n' +
        '  pass show auth0 | owlie connection rotate-secret Auth0 --secret-stdin --json',
    )
    .action(async (name: string, options: SecretOptions & { json?: true }) => {
      const secrets = [{ name: 'clientSecret', value: await secretOf(options) }]
      const { id } = await connectionNamed(context.api(), name)
      await replace(context, { connectionId: id, secrets }, options)
    })
  keyCommands(noun.command('key').description('Key pairs that Owlie keeps, instead of a secret.'), context)
}

function keyCommands(noun: Command, context: Context): void {
  noun
    .command('create')
    .description('Make a key pair. Its public key, to be pasted into Auth0, goes to stdout.')
    .argument('[name]', 'the connection it shall serve; without one, it is for `connection create --key`')
    .option('--connector <connector>', 'without a connection', 'auth0')
    .option('--jwk', 'the public key as JWK instead of PEM')
    .option('--json', 'as JSON on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  owlie connection key create > owlie.pem\n  owlie connection key create Auth0 --json',
    )
    .action((name: string | undefined, options: KeyOptions & { connector: string }) =>
      create(context, name, options),
    )
  noun
    .command('show')
    .description('The public keys: the one in use, and those that wait.')
    .argument('[name]', 'the connection; without one, the keys for connections yet to be saved')
    .option('--connector <connector>', 'without a connection', 'auth0')
    .option('--jwk', 'as JWK instead of PEM')
    .option('--json', 'as JSON on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  owlie connection key show Auth0\n  owlie connection key show Auth0 --json',
    )
    .action((name: string | undefined, options: KeyOptions & { connector: string }) =>
      show(context, name, options),
    )
  noun
    .command('rotate')
    .description(
      'Twice: the first time makes the next key pair, to be pasted into Auth0; then it is tested and, only when it works, used.',
    )
    .argument('<name>', 'the connection’s name')
    .option('--jwk', 'the public key as JWK instead of PEM')
    .option('--json', 'as JSON on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  owlie connection key rotate Auth0 > next.pem\n  owlie connection key rotate Auth0 --json',
    )
    .action((name: string, options: KeyOptions) => rotate(context, name, options))
}

interface KeyOptions {
  jwk?: true
  json?: true
}

async function create(
  context: Context,
  name: string | undefined,
  options: KeyOptions & { connector: string },
): Promise<void> {
  const api = context.api()
  const place =
    name === undefined
      ? { connector: options.connector }
      : { connectionId: (await connectionNamed(api, name)).id }
  const key = await make(api, place)
  if (options.json) return json(key)
  sayMade(key)
  if (name === undefined) say(`  Then: owlie connection create … --key ${key.id}`)
  else say(`  Then: owlie connection key rotate ${JSON.stringify(name)}`)
  print(key.publicKey, options)
}

async function show(
  context: Context,
  name: string | undefined,
  options: KeyOptions & { connector: string },
): Promise<void> {
  const api = context.api()
  const { inUse, waiting } =
    name === undefined
      ? { inUse: null, waiting: await waitingFor(api, options.connector) }
      : await keysOf(api, name)
  if (options.json) return json({ inUse: inUse?.publicKey ?? null, waiting })
  if (!inUse && waiting.length === 0) return say('No key pair. Next: owlie connection key create --help')
  if (inUse?.publicKey) {
    say(`${green('✓')} In use ${dim(`since ${inUse.setAt ?? ''}`)} ${plain(inUse.publicKey.thumbprint)}`)
    print(inUse.publicKey, options)
  }
  for (const key of waiting) {
    say(`${yellow('…')} Waits ${dim(`${key.id}, made ${key.madeAt} by ${plain(key.madeBy)}`)}`)
    print(key.publicKey, options)
  }
}

async function rotate(context: Context, name: string, options: KeyOptions): Promise<void> {
  const api = context.api()
  const { id, waiting } = await keysOf(api, name)
  const [next] = waiting
  if (next) return replace(context, { connectionId: id, keyId: next.id }, options)
  const key = await make(api, { connectionId: id })
  if (options.json) return json({ made: key })
  sayMade(key)
  say('  What is used now goes on. When Auth0 has the new key, run the same command again.')
  print(key.publicKey, options)
}

async function make(api: Api, place: { connector?: string; connectionId?: string }): Promise<WaitingKey> {
  const sent = await api.send<{ createConnectionKey: WaitingKey }>(CREATE_CONNECTION_KEY, place)
  return accepted(sent.createConnectionKey)
}

async function keysOf(api: Api, name: string) {
  const { connection } = await api.send<{ connection: Keys | null }>(KEYS_OF, { name })
  if (!connection) {
    const message = `There is no connection called ${JSON.stringify(name)}.`
    throw refuse('missing', 'connection.not_found', message, 'See `owlie connection list`.')
  }
  const inUse = connection.secrets.find(({ publicKey }) => publicKey !== null) ?? null
  return { id: connection.id, inUse, waiting: connection.waitingKeys }
}

async function waitingFor(api: Api, connector: string): Promise<WaitingKey[]> {
  return (await api.send<{ waitingKeys: WaitingKey[] }>(WAITING, { connector })).waitingKeys
}

async function replace(
  context: Context,
  input: Record<string, unknown>,
  options: { json?: true },
): Promise<void> {
  const sent = await context.api().send<{ replaceCredential: Test }>(REPLACE, { input })
  await follow(context, accepted(sent.replaceCredential), options)
}

function sayMade(key: WaitingKey): void {
  say(`${green('✓')} Made a key pair ${bold(plain(key.publicKey.thumbprint))} ${dim(key.id)}`)
  say('  Paste the public key into the application in Auth0: Credentials > Private Key JWT.')
}

function print({ pem, jwk }: PublicKey, { jwk: asJwk }: KeyOptions): void {
  process.stdout.write(asJwk ? `${JSON.stringify(jwk)}\n` : `${pem.trim()}\n`)
}
