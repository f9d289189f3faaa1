import type { Sandbox } from '@owlie/auth0-sandbox'
import type { Draw } from './draw.ts'

let made = 0

/** Some changes of every kind, behind Owlie's back and within what the guard believes here. */
export function mutateTenant({ tenant }: Sandbox, draw: Draw): void {
  const name = () => `chaos-${++made}`
  const users = () => [...tenant.users].map(({ user_id: id }) => id)
  const roles = [...tenant.roles].map(({ id }) => id)
  const organizations = () => [...tenant.organizations].map(({ id }) => id)
  for (let n = draw.between(0, 4); n > 0; n--) tenant.addUser({ email: `${name()}@chaos.example` })
  for (const id of draw.some(users(), draw.between(0, 8))) tenant.updateUser(id, { name: name() })
  for (const id of draw.some(users(), draw.between(0, 4))) tenant.removeUser(id)
  if (draw.chance(0.3)) tenant.addOrganization({ name: name() })
  if (draw.chance(0.2)) tenant.removeOrganization(draw.one(organizations()))
  if (draw.chance(0.3)) tenant.updateRole(draw.one(roles), { description: name() })
  for (const id of draw.some(users(), draw.between(0, 4))) {
    const role = draw.one(roles)
    if (!tenant.unassignRole(id, role)) tenant.assignRole(id, role)
    const organization = draw.one(organizations())
    if (!tenant.removeMember(organization, id)) tenant.addMember(organization, id)
  }
}

/** Every membership goes, as when a target answers with empty lists. The returned function puts them back. */
export function emptyMembers({ tenant }: Sandbox): () => void {
  const { members } = tenant.snapshot()
  for (const { organization_id: organization, user_id: user } of members)
    tenant.removeMember(organization, user)
  return () => {
    for (const { organization_id: organization, user_id: user } of members)
      tenant.addMember(organization, user)
  }
}
