import { timingSafeEqual } from 'node:crypto'
import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import type { SandboxParts } from '../app.ts'
import { rateProfiles, type Bucket, type BucketLimits, type RateProfileName } from '../rate/index.ts'
import type { FaultRule } from '../faults/index.ts'
import type { NewUser, Organization, Role, User } from '../tenant/index.ts'

type Json = Record<string, unknown>

/** What is wrong with a control request; answered with 400. */
class ControlError extends Error {}

/** `/_sandbox`: everything the programmatic door can do, for programs in any language. */
export function controlRoutes(parts: SandboxParts): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>()
  app.use(async (c, next) => {
    const from = c.env.incoming.socket.remoteAddress ?? ''
    if (!/^(127\.|::1$|::ffff:127\.)/.test(from)) return c.json({ error: 'Only from this machine' }, 403)
    const given =
      c.req.header('x-sandbox-key') ?? c.req.header('authorization')?.replace(/^Bearer /i, '') ?? ''
    if (!sameKey(given, parts.controlKey)) return c.json({ error: 'x-sandbox-key is missing or wrong' }, 401)
    return next()
  })
  app.onError((error, c) => c.json({ error: error.message }, error instanceof ControlError ? 400 : 500))
  clockRoutes(app, parts)
  recordRoutes(app, parts)
  faultRoutes(app, parts)
  behaviourRoutes(app, parts)
  stateRoutes(app, parts)
  return app
}

type App = Hono<{ Bindings: HttpBindings }>

function sameKey(given: string, key: string): boolean {
  const a = Buffer.from(given)
  const b = Buffer.from(key)
  return a.length === b.length && timingSafeEqual(a, b)
}

async function bodyOf(request: { text(): Promise<string> }): Promise<Json> {
  const text = await request.text()
  if (text === '') return {}
  try {
    return JSON.parse(text) as Json
  } catch {
    throw new ControlError('The body is not JSON')
  }
}

function clockRoutes(app: App, { clock }: SandboxParts): void {
  app.get('/clock', (c) => c.json({ now: new Date(clock.now()).toISOString() }))
  app.post('/clock', async (c) => {
    const { advanceMs, skewMs, reset } = await bodyOf(c.req)
    if (reset === true) clock.reset()
    if (typeof advanceMs === 'number') clock.advance(advanceMs)
    if (typeof skewMs === 'number') clock.skew(skewMs)
    return c.json({ now: new Date(clock.now()).toISOString() })
  })
}

function recordRoutes(app: App, { requests, writes }: SandboxParts): void {
  app.get('/requests', (c) =>
    c.json({ total: requests.total, byRoute: requests.byRoute(), requests: requests.entries }),
  )
  app.delete('/requests', (c) => {
    requests.reset()
    return c.body(null, 204)
  })
  app.get('/writes', (c) => {
    const correlation = c.req.query('correlation_id')
    return c.json({ writes: correlation === undefined ? writes.entries : writes.of(correlation) })
  })
  app.delete('/writes', (c) => {
    writes.reset()
    return c.body(null, 204)
  })
}

const effectKinds = new Set(
  'answer html redirect drop answer-after delay hang truncate cut-json drip oversize headers'.split(' '),
)

function faultRoutes(app: App, { faults }: SandboxParts): void {
  app.get('/faults', (c) => c.json({ faults: faults.list() }))
  app.post('/faults', async (c) => {
    const rule = (await bodyOf(c.req)) as unknown as FaultRule
    if (!effectKinds.has(rule.effect?.kind)) {
      throw new ControlError(`effect.kind must be one of ${[...effectKinds].join(', ')}`)
    }
    return c.json({ id: faults.add({ ...rule, match: rule.match ?? {} }) }, 201)
  })
  app.delete('/faults/:id?', (c) => {
    faults.clear(c.req.param('id'))
    return c.body(null, 204)
  })
}

function behaviourRoutes(app: App, parts: SandboxParts): void {
  const { quirks, limiter, lag, bearer, tenant } = parts
  app.get('/quirks', (c) => c.json(quirks))
  app.patch('/quirks', async (c) => {
    const changes = await bodyOf(c.req)
    for (const [name, value] of Object.entries(changes)) {
      const known = (quirks as unknown as Json)[name]
      if (typeof known !== typeof value)
        throw new ControlError(`${name} is no quirk, or not a ${typeof known}`)
    }
    return c.json(Object.assign(quirks, changes))
  })
  app.get('/rate-limits', (c) => c.json({ levels: limiter.levels() }))
  app.put('/rate-limits', async (c) => {
    const { profile, limits } = await bodyOf(c.req)
    if (limits !== undefined) limiter.use(limits as BucketLimits)
    else if (typeof profile === 'string' && profile in rateProfiles) limiter.use(profile as RateProfileName)
    else throw new ControlError(`profile must be one of ${Object.keys(rateProfiles).join(', ')}`)
    return c.json({ levels: limiter.levels() })
  })
  app.post('/rate-limits/drain', async (c) => {
    const { bucket, tokens } = await bodyOf(c.req)
    limiter.drain(bucket as Bucket, Number(tokens))
    return c.json({ levels: limiter.levels() })
  })
  app.put('/index-lag', async (c) => {
    lag.indexMs = Number((await bodyOf(c.req))['ms'])
    return c.json({ ms: lag.indexMs })
  })
  app.post('/tokens/reject-issued', (c) => {
    bearer.rejectAllIssued()
    return c.body(null, 204)
  })
  app.post('/tenant/brute-force-blocks', async (c) => {
    const { user_id, identifier, ip = '203.0.113.9' } = await bodyOf(c.req)
    tenant.bruteForceBlocks.set(String(user_id), [{ identifier: String(identifier), ip: String(ip) }])
    return c.body(null, 204)
  })
}

/** The truth, read whole, and direct changes that no API write and no journal know of. */
function stateRoutes(app: App, { tenant }: SandboxParts): void {
  app.get('/tenant', (c) => c.json(tenant.snapshot()))
  app.post('/tenant/users', async (c) => c.json(tenant.addUser((await bodyOf(c.req)) as NewUser), 201))
  app.patch('/tenant/users/:id', async (c) => {
    const id = c.req.param('id')
    if (!tenant.users.has(id)) throw new ControlError('No such user')
    return c.json(tenant.updateUser(id, (await bodyOf(c.req)) as Partial<User>))
  })
  app.delete('/tenant/users/:id', (c) => c.json({ removed: tenant.removeUser(c.req.param('id')) }))
  app.post('/tenant/roles', async (c) => {
    const role = await bodyOf(c.req)
    if (typeof role['name'] !== 'string') throw new ControlError('name is missing')
    return c.json(tenant.addRole(role as unknown as Role), 201)
  })
  app.delete('/tenant/roles/:id', (c) => c.json({ removed: tenant.removeRole(c.req.param('id')) }))
  app.post('/tenant/organizations', async (c) => {
    const organization = await bodyOf(c.req)
    if (typeof organization['name'] !== 'string') throw new ControlError('name is missing')
    return c.json(tenant.addOrganization(organization as unknown as Organization), 201)
  })
  app.delete('/tenant/organizations/:id', (c) =>
    c.json({ removed: tenant.removeOrganization(c.req.param('id')) }),
  )
  const pair = '/tenant/roles/:role/users/:user'
  app.put(pair, (c) => {
    const { role, user } = c.req.param()
    if (!tenant.roles.has(role) || !tenant.users.has(user)) throw new ControlError('No such role or user')
    return c.json({ assigned: tenant.assignRole(user, role) })
  })
  app.delete(pair, (c) => c.json({ removed: tenant.unassignRole(c.req.param('user'), c.req.param('role')) }))
  const member = '/tenant/organizations/:organization/members/:user'
  app.put(member, async (c) => {
    const { organization, user } = c.req.param()
    if (!tenant.organizations.has(organization) || !tenant.users.has(user)) {
      throw new ControlError('No such organization or user')
    }
    const roles = (await bodyOf(c.req))['roles'] as string[] | undefined
    const added = tenant.addMember(organization, user, roles ?? [])
    if (!added && roles) tenant.setMemberRoles(organization, user, roles)
    return c.json({ added })
  })
  app.delete(member, (c) =>
    c.json({ removed: tenant.removeMember(c.req.param('organization'), c.req.param('user')) }),
  )
}
