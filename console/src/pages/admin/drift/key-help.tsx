import { Modal, Switch } from '@mantine/core'
import type { JSX } from 'react'
import { keyHelp } from './keys.ts'

/** The keys of the review, and the switch that turns them off (WCAG 2.1.4). */
export function KeyHelp({
  close,
  isOn,
  setOn,
}: {
  close: () => void
  isOn: boolean
  setOn: (isOn: boolean) => void
}): JSX.Element {
  return (
    <Modal opened onClose={close} title="Keys of this page">
      <div className="stack">
        <dl className="keys">
          {keyHelp.map(([key, what]) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <p className="quiet" style={{ margin: 0 }}>
          A decision is about the selected rows; where none is selected, about the row you are on.
        </p>
        <Switch
          label="Keys on this page"
          checked={isOn}
          onChange={(event) => setOn(event.currentTarget.checked)}
        />
      </div>
    </Modal>
  )
}
