import { Modal } from '@mantine/core'
import { useDebouncedValue, useHotkeys } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { IconBuilding, IconSearch, IconShield, IconUser } from '@tabler/icons-react'
import { type ComponentType, type JSX, type KeyboardEvent, useEffect, useId, useState } from 'react'
import { api } from '../api.ts'
import { graphql } from '../graphql.ts'
import { to, toEntitlement } from '../path-builder.ts'
import { useViewer } from '../viewer.ts'
import './command-menu.css'
import { places } from './navigation.tsx'

const SearchQuery = graphql(`
  query CommandSearch($search: String!) {
    accounts(filter: { search: $search }, first: 6) {
      nodes {
        id
        displayName
        email
      }
    }
    entitlements(filter: { search: $search }, first: 6) {
      nodes {
        id
        type
        displayName
        holderCount
      }
    }
  }
`)

const opening = new EventTarget()

export function openCommandMenu(): void {
  opening.dispatchEvent(new Event('open'))
}

interface Entry {
  readonly key: string
  readonly label: string
  readonly note: string
  readonly icon: ComponentType<{ size?: number; stroke?: number }>
  readonly go: () => void
}

/** ⌘K / Ctrl-K: go anywhere, find anyone. */
export function CommandMenu(): JSX.Element {
  const [open, setOpen] = useState(false)
  useHotkeys([['mod+K', () => setOpen(true)]], [])
  useEffect(() => {
    const show = () => setOpen(true)
    opening.addEventListener('open', show)
    return () => opening.removeEventListener('open', show)
  }, [])
  return (
    <Modal
      opened={open}
      onClose={() => setOpen(false)}
      withCloseButton={false}
      padding={0}
      size={560}
      yOffset="12vh"
      centered={false}
      attributes={{ content: { 'aria-label': 'Search and go' } }}
    >
      <Search close={() => setOpen(false)} />
    </Modal>
  )
}

function Search({ close }: { close: () => void }): JSX.Element {
  const [words, setWords] = useState('')
  const [at, setAt] = useState(0)
  const list = useId()
  const { entries, searching } = useEntries(words, close)
  const chosen = Math.min(at, entries.length - 1)
  function onKeyDown(event: KeyboardEvent) {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step !== 0) {
      event.preventDefault()
      setAt((chosen + step + entries.length) % Math.max(1, entries.length))
    } else if (event.key === 'Enter') {
      event.preventDefault()
      entries[chosen]?.go()
    }
  }
  return (
    <div className="command">
      <div className="command-input">
        <IconSearch size={17} aria-hidden />
        <input
          data-autofocus
          role="combobox"
          aria-expanded
          aria-controls={list}
          aria-activedescendant={entries[chosen] ? `${list}-${chosen}` : undefined}
          aria-label="Go to a page, or find an account, role or organization"
          placeholder="Go to a page, or find an account, role or organization"
          value={words}
          onChange={(event) => {
            setWords(event.currentTarget.value)
            setAt(0)
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <ul id={list} role="listbox" aria-label="Results" className="command-list">
        {entries.map(({ key, label, note, icon: Icon, go }, index) => (
          <li
            key={key}
            id={`${list}-${index}`}
            role="option"
            aria-selected={index === chosen}
            onMouseMove={() => setAt(index)}
            onClick={go}
          >
            <Icon size={16} stroke={1.7} />
            <span>{label}</span>
            <span className="command-note">{note}</span>
          </li>
        ))}
      </ul>
      {entries.length === 0 && (
        <p className="command-none" role="status">
          {searching ? 'Searching…' : 'Nothing found. Search looks at names, e-mail addresses and ids.'}
        </p>
      )}
    </div>
  )
}

function useEntries(words: string, close: () => void): { entries: readonly Entry[]; searching: boolean } {
  const viewer = useViewer()
  const navigate = useNavigate()
  const [settled] = useDebouncedValue(words.trim(), 150)
  const may = viewer.actions.includes('inventory.read')
  const found = useQuery({
    queryKey: ['command', settled],
    queryFn: ({ signal }) => api(SearchQuery, { search: settled }, signal),
    enabled: may && settled.length > 1,
    placeholderData: (before) => before,
  })
  const leave = (go: () => void) => () => {
    close()
    go()
  }
  const pages = places
    .filter(({ action }) => action === null || viewer.actions.includes(action))
    .filter(({ label }) => label.toLowerCase().includes(words.trim().toLowerCase()))
    .map(({ label, icon, link }) => ({
      key: `page-${label}`,
      label,
      note: 'Page',
      icon,
      go: leave(() => void navigate(link)),
    }))
  const data = settled.length > 1 ? found.data : undefined
  const accounts = (data?.accounts.nodes ?? []).map(({ id, displayName, email }) => ({
    key: id,
    label: displayName,
    note: email && email !== displayName ? email : 'Account',
    icon: IconUser,
    go: leave(() => void navigate(to.account(id))),
  }))
  const entitlements = (data?.entitlements.nodes ?? []).map((each) => ({
    key: each.id,
    label: each.displayName,
    note: each.type === 'organization' ? 'Organization' : 'Role',
    icon: each.type === 'organization' ? IconBuilding : IconShield,
    go: leave(() => void navigate(toEntitlement(each))),
  }))
  return {
    entries: [...pages, ...accounts, ...entitlements],
    searching: found.isFetching || settled !== words.trim(),
  }
}
