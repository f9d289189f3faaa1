import type { FaultEffect, Sandbox } from '@owlie/auth0-sandbox'
import { type FailPoint, failPoints } from '../../fail-point.ts'
import type { Item } from '../../provisioning/index.ts'
import type { Draw } from './draw.ts'

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

function drawItem({ tenant }: Sandbox, draw: Draw, present: Map<string, string>): Drawn {
  const label = () => `chaos-${++made}`
  const person = () => tenant.addUser({ email: `${label()}@chaos.example`, name: 'Before' }).user_id
  const people = () => Array.from({ length: draw.between(1, 4) }, person)
  const role = () => tenant.addRole({ name: label(), description: 'Before' }).id
  const organization = () => tenant.addOrganization({ name: label(), display_name: 'Before' }).id
  const set = (
    action: string,
    kind: string,
    id: string,
    field: string,
    update: (value: string) => void,
  ): Drawn => {
    const wished = label()
    present.set(`${id} ${field}`, 'Before')
    return {
      item: { action, target: { [kind]: [id] }, input: { [field]: wished } },
      meddle: (when) => {
        const value = draw.chance(0.2) ? wished : label()
        return { when, sets: { id, field, value }, does: () => update(value) }
      },
    }
  }
  const hidden = (item: Item, does: () => void): Drawn => ({
    item,
    meddle: (when) => ({ when, sets: null, does }),
  })
  const kinds: readonly (() => Drawn)[] = [
    () => {
      const email = `${label()}@chaos.example`
      const input = { connection: 'Username-Password-Authentication', email, name: 'New' }
      return hidden(
        { action: 'user.create', target: {}, input },
        () => void tenant.addUser({ email, name: 'Theirs' }),
      )
    },
    () => {
      const name = label()
      return hidden(
        { action: 'role.create', target: {}, input: { name } },
        () => void tenant.addRole({ name }),
      )
    },
    () => {
      const name = label()
      const item = { action: 'organization.create', target: {}, input: { name } }
      return hidden(item, () => void tenant.addOrganization({ name }))
    },
    () => {
      const id = person()
      return set('user.update', 'user', id, 'name', (name) => void tenant.updateUser(id, { name }))
    },
    () => {
      const id = role()
      return set(
        'role.update',
        'role',
        id,
        'description',
        (value) => void tenant.updateRole(id, { description: value }),
      )
    },
    () => {
      const id = organization()
      return set(
        'organization.update',
        'organization',
        id,
        'display_name',
        (value) => void tenant.updateOrganization(id, { display_name: value }),
      )
    },
    () => {
      const id = person()
      return hidden(
        { action: 'user.block', target: { user: [id] }, input: {} },
        () => void tenant.removeUser(id),
      )
    },
    () => {
      const id = person()
      return hidden(
        { action: 'user.delete', target: { user: [id] }, input: {} },
        () => void tenant.removeUser(id),
      )
    },
    () => {
      const id = role()
      return hidden(
        { action: 'role.delete', target: { role: [id] }, input: {} },
        () => void tenant.removeRole(id),
      )
    },
    () => {
      const [to, users] = [organization(), people()]
      return hidden(
        { action: 'organization.add_members', target: { organization: [to], user: users }, input: {} },
        () => void tenant.addMember(to, users[0]!),
      )
    },
    () => {
      const [from, users] = [organization(), people()]
      for (const id of users) tenant.addMember(from, id)
      const item = {
        action: 'organization.remove_members',
        target: { organization: [from], user: users },
        input: {},
      }
      return hidden(item, () => void tenant.removeMember(from, users[0]!))
    },
    () => {
      const [id, users] = [role(), people()]
      return hidden(
        { action: 'role.assign', target: { role: [id], user: users }, input: {} },
        () => void tenant.assignRole(users[0]!, id),
      )
    },
    () => {
      const [id, user] = [role(), person()]
      tenant.assignRole(user, id)
      return hidden(
        { action: 'role.unassign', target: { role: [id], user: [user] }, input: {} },
        () => void tenant.unassignRole(user, id),
      )
    },
  ]
  return draw.one(kinds)()
}
