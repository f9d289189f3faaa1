import type { AddressInfo } from 'node:net'
import { createServer } from 'node:https'
import { randomBytes } from 'node:crypto'
import { createAdaptorServer, type ServerType } from '@hono/node-server'
import { Cursors } from './api/cursors.ts'
import { Jobs } from './api/job-queue.ts'
import { buildApp, type SandboxParts } from './app.ts'
import { createCertificate, type ServerCertificate } from './certificates.ts'
import { createClock, type SandboxClock } from './clock.ts'
import { FaultControl } from './faults/index.ts'
import { BearerCheck, createSigningKey, TokenEndpoint, type Names, type SigningKey } from './oauth/index.ts'
import { defaultQuirks, type Quirks, type SandboxOptions } from './options.ts'
import { createRandom } from './random.ts'
import { RateLimiter } from './rate/index.ts'
import { RequestLog } from './request-log.ts'
import {
  applicationPlans,
  customApiIdentifier,
  seedTenant,
  stableText,
  type ApplicationName,
} from './seed/index.ts'
import type { ApplicationPlan } from './seed/index.ts'
import { TenantState } from './tenant/index.ts'
import { WriteJournal } from './write-journal.ts'

/** What to type into a connector. */
export interface Application {
  clientId: string
  clientSecret: string
  /** Granted for the Management API; empty also when there is no grant at all. */
  scopes: string[]
  name: string
}

export interface NewApplication {
  name?: string
  scopes?: string[]
  method?: 'client_secret_post' | 'client_secret_basic' | 'private_key_jwt'
  /** For private_key_jwt. */
  publicKeys?: { kid?: string; jwk: JsonWebKey }[]
  tokensPerHour?: number
}

export interface Sandbox {
  /** `host:port`, as typed into a field for the Auth0 domain. */
  domain: string
  /** Where it listens. */
  url: string
  caPem: string
  caPath?: string
  applications: Record<ApplicationName, Application>
  addApplication(application: NewApplication): Application
  /** Replaces the Management API scopes of an application; tokens issued earlier keep theirs. Undefined: no grant. */
  grantScopes(clientId: string, scopes: string[] | undefined): void
  /** Registers a public key for private_key_jwt. */
  addPublicKey(clientId: string, jwk: JsonWebKey, kid?: string): void
  tenant: TenantState
  requests: RequestLog
  writes: WriteJournal
  faults: FaultControl
  clock: SandboxClock
  quirks: Quirks
  rateLimits: RateLimiter
  /** `failNext` makes the next job end as failed. */
  jobs: Pick<Jobs, 'failNext'>
  /** How long index and member lists lag behind API writes, in milliseconds; may be changed. */
  setIndexLag(ms: number): void
  /** Tokens issued so far are refused from now on. */
  rejectIssuedTokens(): void
  /** Key of the control API at `url + '/_sandbox'`. */
  controlKey: string
  close(): Promise<void>
}

/** Starts a tenant and resolves when it listens. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const host = options.host ?? '127.0.0.1'
  const names = [options.domain, options.customDomain, host].flatMap((name) =>
    name ? [name.split(':')[0]!] : [],
  )
  const [certificate, key] = await Promise.all([
    createCertificate(names, options.caDirectory, options.certificate),
    createSigningKey(options.caDirectory),
  ])
  const address = { domain: options.domain ?? '', port: 0 }
  const parts = buildParts(options, key, address)
  const open = (on: string, port: number): Promise<ServerType> => listen(parts, certificate, on, port)
  const servers = [await open(host, options.port ?? 0)]
  address.port = (servers[0]!.address() as AddressInfo).port
  // `localhost` is ::1 to some clients; without IPv6, or with the port taken there, 127.0.0.1 has to do.
  if (host === '127.0.0.1')
    servers.push(
      ...(await open('::1', address.port).then(
        (server) => [server],
        () => [],
      )),
    )
  if (address.domain === '') address.domain = `localhost:${address.port}`
  const { tenant } = parts
  const audience = parts.names.audience()
  seedTenant(tenant, options, audience)
  return {
    domain: address.domain,
    url: `https://localhost:${address.port}`,
    caPem: certificate.caPem,
    ...(certificate.caPath ? { caPath: certificate.caPath } : {}),
    applications: seedApplications(tenant, options.seed ?? 1, audience),
    ...controls(parts),
    close: async () => void (await Promise.all(servers.map(closeServer))),
  }
}

async function listen(
  parts: SandboxParts,
  certificate: ServerCertificate,
  host: string,
  port: number,
): Promise<ServerType> {
  const server = createAdaptorServer({
    fetch: buildApp(parts).fetch,
    createServer,
    serverOptions: { key: certificate.keyPem, cert: certificate.certPem },
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return server
}

function closeServer(server: ServerType): Promise<void> {
  if ('closeAllConnections' in server) server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}

function buildParts(
  options: SandboxOptions,
  key: SigningKey,
  address: { domain: string; port: number },
): SandboxParts {
  const clock = createClock(options.clock)
  const quirks = { ...defaultQuirks, ...options.quirks }
  const random = createRandom(`${options.seed ?? 1}/run`)
  const tenant = new TenantState(clock, random)
  const custom = options.customDomain
  const names: Names = {
    audience: () => `https://${address.domain}/api/v2/`,
    issuer: (host) => `https://${custom && host === custom ? custom : address.domain}/`,
  }
  const origin = (): string => `https://localhost:${address.port}`
  return {
    tenant,
    clock,
    quirks,
    names,
    key,
    cursors: new Cursors(clock),
    jobs: new Jobs(tenant, clock, () => quirks.exportPolls, origin),
    bearer: new BearerCheck(tenant, clock, key, names),
    limiter: new RateLimiter(clock, options.rateProfile ?? 'none', () => quirks.ownBucketsBypassOverall),
    faults: new FaultControl(() => random.next()),
    requests: new RequestLog(),
    writes: new WriteJournal(),
    tokens: new TokenEndpoint(tenant, clock, quirks, key, names),
    lag: { indexMs: options.indexLagMs ?? 2000 },
    controlKey: options.controlKey ?? randomBytes(18).toString('base64url'),
  }
}

function controls(
  parts: SandboxParts,
): Omit<Sandbox, 'domain' | 'url' | 'caPem' | 'caPath' | 'applications' | 'close'> {
  const { tenant, requests, writes, faults, clock, quirks, controlKey, limiter, jobs } = parts
  return {
    ...applicationControl(parts),
    tenant,
    requests,
    writes,
    faults,
    clock,
    quirks,
    jobs,
    rateLimits: limiter,
    setIndexLag(ms) {
      parts.lag.indexMs = ms
    },
    rejectIssuedTokens: () => parts.bearer.rejectAllIssued(),
    controlKey,
  }
}

function seedApplications(
  tenant: TenantState,
  seed: number,
  audience: string,
): Record<ApplicationName, Application> {
  const made = Object.entries(applicationPlans).map(([name, plan]) => {
    const application = {
      clientId: stableText(seed, `${name} id`, 32),
      clientSecret: stableText(seed, `${name} secret`, 64),
      scopes: (plan as ApplicationPlan).scopes ?? [],
      name: plan.name,
    }
    addClient(tenant, application, plan, audience)
    return [name, application] as const
  })
  return Object.fromEntries(made) as Record<ApplicationName, Application>
}

function addClient(
  tenant: TenantState,
  application: Application,
  plan: ApplicationPlan,
  audience: string,
): void {
  tenant.clients.put({
    client_id: application.clientId,
    client_secret: application.clientSecret,
    name: application.name,
    app_type: 'non_interactive',
    grant_types: plan.grantTypes ?? ['client_credentials'],
    is_first_party: true,
    token_endpoint_auth_method: plan.method ?? 'client_secret_post',
    public_keys: [],
  })
  const grant = (to: string, scope: string[]): void => {
    tenant.clientGrants.put({ id: tenant.newId('cgr'), client_id: application.clientId, audience: to, scope })
  }
  if (plan.scopes) grant(audience, plan.scopes)
  if (plan.customApi) grant(customApiIdentifier, ['read:profile', 'edit:profile'])
}

type Control = Pick<Sandbox, 'addApplication' | 'grantScopes' | 'addPublicKey'>

function applicationControl(parts: SandboxParts): Control {
  const { tenant, names } = parts
  return {
    addApplication(given) {
      const application = {
        clientId: tenant.random.id(32),
        clientSecret: tenant.random.id(64),
        scopes: given.scopes ?? [],
        name: given.name ?? 'Added application',
      }
      const { method, scopes } = given
      const plan: ApplicationPlan = {
        name: application.name,
        ...(scopes ? { scopes } : {}),
        ...(method === undefined || method === 'client_secret_post' ? {} : { method }),
      }
      addClient(tenant, application, plan, names.audience())
      const client = tenant.clients.get(application.clientId)!
      client.public_keys.push(...(given.publicKeys ?? []))
      if (given.tokensPerHour !== undefined) client.token_quota = { per_hour: given.tokensPerHour }
      return application
    },
    grantScopes(clientId, scopes) {
      const grants = [...tenant.clientGrants]
      const old = grants.find((row) => row.client_id === clientId && row.audience === names.audience())
      if (old) tenant.clientGrants.delete(old.id)
      if (!scopes) return
      tenant.clientGrants.put({
        id: old?.id ?? tenant.newId('cgr'),
        client_id: clientId,
        audience: names.audience(),
        scope: [...scopes],
      })
    },
    addPublicKey(clientId, jwk, kid) {
      const client = tenant.clients.get(clientId)
      if (!client) throw new Error(`No application ${clientId} in the sandbox`)
      client.public_keys.push({ jwk, ...(kid === undefined ? {} : { kid }) })
    },
  }
}
