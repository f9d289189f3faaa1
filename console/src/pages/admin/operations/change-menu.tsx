import { Button, Menu } from '@mantine/core'
import { IconChevronDown } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import type { JSX } from 'react'
import type { NewOperationSearch } from '../../../search-params.ts'
import { to } from '../../../path-builder.ts'
import { useViewer } from '../../../viewer.ts'

const choices = {
  user: [
    ['user.update', 'Edit'],
    ['role.assign', 'Assign a role'],
    ['organization.add_members', 'Add to an organization'],
    ['user.block', 'Block'],
    ['user.unblock', 'Unblock'],
    ['user.delete', 'Delete'],
  ],
  role: [
    ['role.assign', 'Assign to users'],
    ['role.unassign', 'Take from users'],
    ['role.update', 'Edit'],
    ['role.delete', 'Delete'],
  ],
  organization: [
    ['organization.add_members', 'Add members'],
    ['organization.remove_members', 'Remove members'],
    ['organization.update', 'Edit'],
    ['organization.delete', 'Delete'],
  ],
} as const

/** What can be wished of the thing on this page; each opens the form with it filled in. */
export function ChangeMenu({
  connection,
  what,
  id,
}: {
  connection: string
  what: keyof typeof choices
  id: string
}): JSX.Element | null {
  const navigate = useNavigate()
  if (!useViewer().actions.includes('provisioning.plan')) return null
  const given: NewOperationSearch = { connection, [what]: id }
  return (
    <Menu shadow="md" position="bottom-end">
      <Menu.Target>
        <Button variant="default" rightSection={<IconChevronDown size={14} aria-hidden />}>
          Change
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {choices[what].map(([action, label]) => (
          <Menu.Item key={action} onClick={() => void navigate(to.newOperation({ ...given, action }))}>
            {label}…
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
