import { Menu, SegmentedControl, useMantineColorScheme } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { Link, useRouter } from '@tanstack/react-router'
import { IconLogout, IconSelector, IconUserCog } from '@tabler/icons-react'
import type { JSX } from 'react'
import { to } from '../path-builder.ts'
import { signOut } from '../session.ts'
import { useViewer } from '../viewer.ts'

/** Who is signed in, light or dark, and the way out. */
export function WhoMenu(): JSX.Element {
  const viewer = useViewer()
  const queries = useQueryClient()
  const router = useRouter()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  async function leave() {
    await signOut()
    queries.clear()
    await router.navigate({ to: '/sign-in', ignoreBlocker: true })
  }
  return (
    <Menu position="top-start" width={232} shadow="md">
      <Menu.Target>
        <button type="button" className="who">
          <span className="who-initial" aria-hidden>
            {(viewer.name || viewer.email || '?').charAt(0).toUpperCase()}
          </span>
          <span className="who-words">
            <span>{viewer.name}</span>
            <span className="faint">{viewer.role}</span>
          </span>
          <IconSelector size={15} aria-hidden style={{ marginLeft: 'auto', flex: 'none' }} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{viewer.email ?? viewer.name}</Menu.Label>
        <div style={{ padding: '2px 8px 8px' }}>
          <SegmentedControl
            fullWidth
            size="xs"
            aria-label="Colours"
            value={colorScheme}
            onChange={(value) => setColorScheme(value as 'light' | 'dark' | 'auto')}
            data={[
              { value: 'light', label: 'Light' },
              { value: 'dark', label: 'Dark' },
              { value: 'auto', label: 'Auto' },
            ]}
          />
        </div>
        <Menu.Divider />
        <Menu.Item component={Link} {...to.ownAccount()} leftSection={<IconUserCog size={15} />}>
          Password and second factor
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={15} />} onClick={() => void leave()}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
