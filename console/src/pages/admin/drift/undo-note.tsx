import { Button } from '@mantine/core'
import type { JSX } from 'react'

/** A decision that was made, and the way back. */
export function UndoNote({ message, undo }: { message: string; undo: () => void }): JSX.Element {
  return (
    <span className="row" style={{ justifyContent: 'space-between', flexWrap: 'nowrap' }}>
      <span>{message}</span>
      <Button size="compact-xs" variant="default" onClick={undo}>
        Undo
      </Button>
    </span>
  )
}
