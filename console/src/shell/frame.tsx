import { ActionIcon } from '@mantine/core'
import { Link, Outlet, useRouterState } from '@tanstack/react-router'
import { IconMenu2, IconSearch, IconX } from '@tabler/icons-react'
import { type JSX, useEffect, useState, useSyncExternalStore } from 'react'
import { OwlMark } from '../parts/owl-mark.tsx'
import { DriftBadge } from '../pages/admin/drift/drift-badge.tsx'
import { to } from '../path-builder.ts'
import { hasSessionEnded, onSession } from '../session.ts'
import { useViewer } from '../viewer.ts'
import { CommandMenu, openCommandMenu } from './command-menu.tsx'
import { places } from './navigation.tsx'
import { Reachable } from './reachable.tsx'
import { SignInAgain } from './sign-in-again.tsx'
import { WhoMenu } from './who-menu.tsx'

/** Navigation beside the page; over both the command menu, and the sign-in when the session has ended. */
export function Frame(): JSX.Element {
  const [openAt, setOpenAt] = useState<string | null>(null)
  const path = useRouterState({ select: ({ location }) => location.pathname })
  const ended = useSyncExternalStore(onSession, hasSessionEnded)
  // Open on the page it was opened on: going somewhere closes it.
  const open = openAt === path
  useEffect(() => {
    if (!open) return
    const close = (event: KeyboardEvent) => event.key === 'Escape' && setOpenAt(null)
    window.addEventListener('keydown', close)
    return () => window.removeEventListener('keydown', close)
  }, [open])
  return (
    <>
      <div className="frame" inert={ended}>
        <section className="topbar" aria-label="Top bar">
          <ActionIcon
            variant="subtle"
            color="gray"
            size={36}
            aria-label="Open navigation"
            aria-expanded={open}
            onClick={() => setOpenAt(path)}
          >
            <IconMenu2 size={20} />
          </ActionIcon>
          <Brand />
          <ActionIcon
            variant="subtle"
            color="gray"
            size={36}
            ml="auto"
            aria-label="Search"
            onClick={openCommandMenu}
          >
            <IconSearch size={18} />
          </ActionIcon>
        </section>
        <Side open={open} path={path} close={() => setOpenAt(null)} />
        <div>
          <Reachable />
          <main id="content" className="content" tabIndex={-1}>
            <Outlet />
          </main>
        </div>
      </div>
      <CommandMenu />
      {ended && <SignInAgain />}
    </>
  )
}

function Brand(): JSX.Element {
  return (
    <Link {...to.home()} className="brand" aria-label="Owlie, start page">
      <OwlMark size={26} />
      Owlie
    </Link>
  )
}

function Side({ open, path, close }: { open: boolean; path: string; close: () => void }): JSX.Element {
  const viewer = useViewer()
  const seen = places.filter(({ action }) => action === null || viewer.actions.includes(action))
  const groups = [...new Set(seen.map(({ group }) => group))]
  const nearest = nearestPlace(
    path,
    seen.map(({ link }) => link.to),
  )
  return (
    <nav className="side" aria-label="Main" data-open={open}>
      <div className="row" style={{ justifyContent: 'space-between', flexWrap: 'nowrap' }}>
        <Brand />
        {open && (
          <ActionIcon
            variant="subtle"
            color="gray"
            size={32}
            aria-label="Close navigation"
            onClick={close}
            autoFocus
          >
            <IconX size={18} />
          </ActionIcon>
        )}
      </div>
      <button type="button" className="side-search" onClick={openCommandMenu}>
        <IconSearch size={15} aria-hidden />
        Search
        <kbd>{navigator.platform.startsWith('Mac') ? '⌘K' : 'Ctrl K'}</kbd>
      </button>
      <div style={{ height: 6 }} />
      {groups.map((group) => (
        <div key={group} role="group" aria-label={group || 'Start'}>
          {group && <div className="side-group">{group}</div>}
          {seen
            .filter((place) => place.group === group)
            .map(({ label, icon: Icon, link }) => {
              const here = link.to === nearest
              return (
                <Link
                  key={label}
                  {...link}
                  className="side-link"
                  data-here={here}
                  aria-current={here ? 'page' : undefined}
                >
                  <Icon size={17} stroke={1.7} aria-hidden />
                  {label}
                  {link.to === '/admin/drift' && <DriftBadge />}
                </Link>
              )
            })}
        </div>
      ))}
      <div className="side-foot">
        <WhoMenu />
      </div>
    </nav>
  )
}

/** Where one is: the place whose address goes furthest into this one. The overview is nobody's parent. */
function nearestPlace(path: string, places: readonly string[]): string | undefined {
  return places
    .filter((to) => path === to || (to !== '/admin' && path.startsWith(`${to}/`)))
    .sort((a, b) => b.length - a.length)[0]
}
