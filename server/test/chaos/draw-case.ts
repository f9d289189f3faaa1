import type { FaultEffect, Sandbox } from '@owlie/auth0-sandbox'
import { type FailPoint, failPoints } from '../../fail-point.ts'
import type { Item } from '../../provisioning/index.ts'
import type { Draw } from '../processes/draw.ts'

/** What is done to the target behind Owlie's back, and which of the wished values it touches. */
export interface Meddling {
  readonly when: 'before approval' | 'begun'
  /** What the target shows from then on, for the comparison with the plan. */
  readonly sets: { readonly id: string; readonly field: string; readonly value: string } | null
  readonly does: () => void
}

export interface Case {
  readonly items: readonly Item[]
  readonly faults: readonly {
    readonly method: string
    readonly after: number
    readonly effect: FaultEffect
  }[]
  /** Where the process that carries it out dies; one life after the other. */
  readonly deaths: readonly { readonly at: FailPoint; readonly nth: number }[]
  readonly meddling: Meddling | null
  readonly double: boolean
  readonly replayed: boolean
  readonly cancelled: boolean
  /** Present values of what is wished otherwise: `id field`. */
  readonly present: Map<string, string>
}

const points = failPoints.filter((name): name is FailPoint => name.startsWith('provisioning.'))
let made = 0

const effects: readonly FaultEffect[] = [
  { kind: 'drop', when: 'after' },
  { kind: 'drop', when: 'before' },
  { kind: 'answer', status: 503, body: { statusCode: 503 } },
  { kind: 'answer-after', status: 503, body: { statusCode: 503 } },
  { kind: 'answer-after', status: 500, body: { statusCode: 500 } },
  { kind: 'html', status: 502 },
  { kind: 'cut-json' },
  { kind: 'answer', status: 409, body: { statusCode: 409, error: 'Conflict' } },
  { kind: 'answer', status: 429, body: { statusCode: 429 }, headers: { 'retry-after': '1' } },
]

/** One random operation on objects of its own, and everything that goes wrong with it. */
export function drawCase(sandbox: Sandbox, draw: Draw): Case {
  const present = new Map<string, string>()
  const drawn = Array.from({ length: draw.between(1, 3) }, () => drawItem(sandbox, draw, present))
  const writes = ['POST', 'PATCH', 'DELETE']
  return {
    items: drawn.map(({ item }) => item),
    faults: Array.from({ length: draw.between(0, 2) }, () => ({
      method: draw.chance(0.8) ? draw.one(writes) : 'GET',
      after: draw.between(0, 2),
      effect: draw.one(effects),
    })).filter(({ method, effect }) => method !== 'GET' || effect.kind !== 'answer' || effect.status !== 409),
    deaths: Array.from({ length: draw.chance(0.5) ? draw.between(1, 3) : 0 }, () => ({
      at: draw.one(points),
      nth: draw.between(1, 3),
    })),
    meddling: draw.chance(0.3)
      ? draw.one(drawn).meddle(draw.chance(0.5) ? 'begun' : 'before approval')
      : null,
    double: draw.chance(0.15),
    replayed: draw.chance(0.2),
    cancelled: draw.chance(0.07),
    present,
  }
}

interface Drawn {
  readonly item: Item
  readonly meddle: (when: Meddling['when']) => Meddling | null
}

/** The tenant, and objects in it that no other case knows. */
interface Kit {
  readonly tenant: Sandbox['tenant']
  readonly draw: Draw
  readonly present: Map<string, string>
  readonly person: () => string
  readonly people: () => string[]
  readonly role: () => string
  readonly organization: () => string
}

const label = () => `chaos-${++made}`

function drawItem({ tenant }: Sandbox, draw: Draw, present: Map<string, string>): Drawn {
  const person = () => tenant.addUser({ email: `${label()}@chaos.example`, name: 'Before' }).user_id
  const kit: Kit = {
    ...{ tenant, draw, present, person },
    people: () => Array.from({ length: draw.between(1, 4) }, person),
    role: () => tenant.addRole({ name: label(), description: 'Before' }).id,
    organization: () => tenant.addOrganization({ name: label(), display_name: 'Before' }).id,
  }
  return draw.one([creations, fields, endings, grants])(kit)
}

const ofItem = (
  action: string,
  target: Item['target'],
  does: () => unknown,
  input: Item['input'] = {},
): Drawn => ({
  item: { action, target, input },
  meddle: (when) => ({ when, sets: null, does: () => void does() }),
})

function creations({ tenant, draw }: Kit): Drawn {
  const name = label()
  const email = `${name}@chaos.example`
  const user = { connection: 'Username-Password-Authentication', email, name: 'New' }
  return draw.one([
    () => ofItem('user.create', {}, () => tenant.addUser({ email, name: 'Theirs' }), user),
    () => ofItem('role.create', {}, () => tenant.addRole({ name }), { name }),
    () => ofItem('organization.create', {}, () => tenant.addOrganization({ name }), { name }),
  ])()
}

function fields({ tenant, draw, present, ...make }: Kit): Drawn {
  const set = (kind: string, id: string, field: string, update: (value: string) => unknown): Drawn => {
    const wished = label()
    present.set(`${id} ${field}`, 'Before')
    return {
      item: { action: `${kind}.update`, target: { [kind]: [id] }, input: { [field]: wished } },
      meddle: (when) => {
        const value = draw.chance(0.2) ? wished : label()
        return { when, sets: { id, field, value }, does: () => void update(value) }
      },
    }
  }
  const user = () => {
    const id = make.person()
    return set('user', id, 'name', (name) => tenant.updateUser(id, { name }))
  }
  const role = () => {
    const id = make.role()
    return set('role', id, 'description', (description) => tenant.updateRole(id, { description }))
  }
  const organization = () => {
    const id = make.organization()
    return set('organization', id, 'display_name', (value) =>
      tenant.updateOrganization(id, { display_name: value }),
    )
  }
  return draw.one([user, role, organization])()
}

function endings({ tenant, draw, person, role }: Kit): Drawn {
  const [user, other] = [person(), role()]
  return draw.one([
    () => ofItem('user.block', { user: [user] }, () => tenant.removeUser(user)),
    () => ofItem('user.delete', { user: [user] }, () => tenant.removeUser(user)),
    () => ofItem('role.delete', { role: [other] }, () => tenant.removeRole(other)),
  ])()
}

function grants({ tenant, draw, people, ...make }: Kit): Drawn {
  const [organization, role, user] = [make.organization(), make.role(), people()]
  const first = user[0]!
  return draw.one([
    () =>
      ofItem('organization.add_members', { organization: [organization], user }, () =>
        tenant.addMember(organization, first),
      ),
    () => {
      for (const id of user) tenant.addMember(organization, id)
      return ofItem('organization.remove_members', { organization: [organization], user }, () =>
        tenant.removeMember(organization, first),
      )
    },
    () => ofItem('role.assign', { role: [role], user }, () => tenant.assignRole(first, role)),
    () => {
      for (const id of user) tenant.assignRole(id, role)
      return ofItem('role.unassign', { role: [role], user }, () => tenant.unassignRole(first, role))
    },
  ])()
}
