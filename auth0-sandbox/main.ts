import { resolve } from 'node:path'
import { writeFile } from 'node:fs/promises'
import { Command, InvalidArgumentError, Option } from 'commander'
import {
  rateProfiles,
  startSandbox,
  type RateProfileName,
  type Sandbox,
  type SandboxOptions,
} from './index.ts'

/** `npm run sandbox`: a tenant in the foreground, until Ctrl-C. */
const program = new Command('auth0-sandbox')
  .description('A faithful, stateful Auth0 tenant on your own machine.')
  .option('--port <n>', 'port to listen on; 0 takes a free one', wholeNumber, 4443)
  .option('--host <address>', 'address to listen on', '127.0.0.1')
  .option(
    '--domain <name>',
    "the tenant's domain in certificate, issuer and audience (default localhost:PORT)",
  )
  .option('--directory <path>', 'where CA and signing key are kept', '.owlie/sandbox')
  .option('--seed <n>', 'what the tenant holds follows from it', wholeNumber, 1)
  .option('--users <n>', 'number of users', wholeNumber, 5000)
  .option('--roles <n>', 'number of roles', wholeNumber, 40)
  .option('--organizations <n>', 'number of organizations', wholeNumber, 120)
  .option('--members <n>', 'mean members of an organization', wholeNumber, 30)
  .option('--groups <n>', 'number of enterprise groups', wholeNumber, 6)
  .option('--odd-ids', 'some users with ids that need encoding', false)
  .addOption(new Option('--rate <profile>', 'rate limits').choices(Object.keys(rateProfiles)).default('none'))
  .option('--index-lag <ms>', 'how long search and member lists lag behind writes', wholeNumber, 2000)
  .option('--control-key <key>', 'key of the control API (default: drawn at random)')
  .option('--json', 'print the facts as one JSON object', false)

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('not a whole number')
  return Number(text)
}

interface Flags {
  port: number
  host: string
  domain?: string
  directory: string
  seed: number
  users: number
  roles: number
  organizations: number
  members: number
  groups: number
  oddIds: boolean
  rate: RateProfileName
  indexLag: number
  controlKey?: string
  json: boolean
}

function optionsOf(flags: Flags): SandboxOptions {
  return {
    port: flags.port,
    host: flags.host,
    ...(flags.domain === undefined ? {} : { domain: flags.domain }),
    ...(flags.controlKey === undefined ? {} : { controlKey: flags.controlKey }),
    caDirectory: resolve(flags.directory),
    seed: flags.seed,
    users: flags.users,
    roles: flags.roles,
    organizations: flags.organizations,
    shape: { membersPerOrganization: flags.members, groups: flags.groups, oddIds: flags.oddIds },
    rateProfile: flags.rate,
    indexLagMs: flags.indexLag,
  }
}

function describe(sandbox: Sandbox): string {
  const { applications, tenant } = sandbox
  const rows = Object.entries(applications).map(
    ([key, { clientId, clientSecret, scopes }]) =>
      `  ${key}\n    client id      ${clientId}\n    client secret  ${clientSecret}\n    scopes (${scopes.length})     ${scopes.join(' ') || '-'}`,
  )
  const { clientId } = applications.full
  return `
Auth0 sandbox: ${tenant.users.size} users, ${tenant.roles.size} roles, ${tenant.organizations.size} organizations

  domain         ${sandbox.domain}
  CA             ${sandbox.caPath}
  control key    ${sandbox.controlKey}   (${sandbox.url}/_sandbox)

Applications
${rows.join('\n')}

Try it (the secret is that of "full")
  curl --cacert ${sandbox.caPath} https://${sandbox.domain}/oauth/token \\
    -d grant_type=client_credentials -d client_id=${clientId} \\
    --data-urlencode client_secret@- -d audience=https://${sandbox.domain}/api/v2/

Node programs trust the CA with NODE_EXTRA_CA_CERTS=${sandbox.caPath}
`
}

const flags = program.parse().opts<Flags>()
const sandbox = await startSandbox(optionsOf(flags)).catch((error: NodeJS.ErrnoException) => {
  const inUse = error.code === 'EADDRINUSE'
  const advice = inUse
    ? `Port ${flags.port} is in use: end the program that has it, or pass --port.`
    : error.message
  process.stderr.write(`auth0-sandbox: ${advice}\n`)
  process.exit(1)
})
const { domain, url, caPath, applications, controlKey } = sandbox
const facts = { domain, url, caPath, applications, controlKey }
// For other programs on this machine: the same facts, readable by their owner only.
await writeFile(resolve(flags.directory, 'sandbox.json'), `${JSON.stringify(facts, null, 2)}\n`, {
  mode: 0o600,
})
const { users, roles, organizations } = sandbox.tenant
const sizes = { users: users.size, roles: roles.size, organizations: organizations.size }
// Before anybody is told that it runs: he may end it at once.
const stop = (): void => void sandbox.close().then(() => process.exit(0))
process.once('SIGINT', stop)
process.once('SIGTERM', stop)
process.once('disconnect', stop)
// Started by another program: the facts go to it alone, and the tenant ends with it.
if (process.send) process.send({ type: 'ready', ...facts, sizes })
else process.stdout.write(flags.json ? `${JSON.stringify(facts)}\n` : describe(sandbox))
