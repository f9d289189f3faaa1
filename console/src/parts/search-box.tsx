import { CloseButton, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { type JSX, useState } from 'react'

/** A search that follows typing after a short rest; its value lives in the address. */
export function SearchBox({
  label,
  placeholder,
  value,
  onSearch,
}: {
  label: string
  placeholder: string
  value: string
  onSearch: (words: string) => void
}): JSX.Element {
  const [typed, setTyped] = useState(value)
  const search = useDebouncedCallback((words: string) => onSearch(words.trim()), 250)
  const [known, setKnown] = useState(value)
  // The address changed by other means than typing here: the back button, a cleared filter.
  if (known !== value) {
    setKnown(value)
    if (typed.trim() !== value) setTyped(value)
  }
  function change(words: string) {
    setTyped(words)
    search(words)
  }
  return (
    <TextInput
      className="grow"
      type="search"
      role="searchbox"
      aria-label={label}
      placeholder={placeholder}
      leftSection={<IconSearch size={15} aria-hidden />}
      rightSection={
        typed && <CloseButton size="sm" aria-label="Clear the search" onClick={() => change('')} />
      }
      value={typed}
      onChange={(event) => change(event.currentTarget.value)}
    />
  )
}
