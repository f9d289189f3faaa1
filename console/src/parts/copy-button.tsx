import { ActionIcon, Button, Tooltip } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import type { JSX } from 'react'

/** Copies, and says so. With `children` a button in words, without an icon whose name is `label`. */
export function CopyButton({
  text,
  label = 'Copy',
  children,
}: {
  text: string
  label?: string
  children?: string
}): JSX.Element {
  const clipboard = useClipboard({ timeout: 1_500 })
  const icon = clipboard.copied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />
  const said = (
    <span role="status" className="sr-only">
      {clipboard.copied ? 'Copied' : ''}
    </span>
  )
  if (children)
    return (
      <>
        <Button
          size="compact-xs"
          variant="default"
          leftSection={icon}
          onClick={() => clipboard.copy(text)}
          aria-label={label === 'Copy' ? undefined : label}
        >
          {clipboard.copied ? 'Copied' : children}
        </Button>
        {said}
      </>
    )
  return (
    <>
      <Tooltip label={clipboard.copied ? 'Copied' : label}>
        <ActionIcon
          size={24}
          variant="subtle"
          color="gray"
          aria-label={label}
          onClick={() => clipboard.copy(text)}
        >
          {icon}
        </ActionIcon>
      </Tooltip>
      {said}
    </>
  )
}
