import { Button, Modal, TextInput } from '@mantine/core'
import { useBlocker } from '@tanstack/react-router'
import { type JSX, useState } from 'react'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { ConnectionFields } from './connection-fields.tsx'
import { type ConnectionForm, useConnectionForm } from './connection-form.ts'
import { useConnectionWork } from './connection-work.ts'
import { RateLine } from './rate-line.tsx'
import type { Connection, Connector } from './setup-query.ts'
import { SetupActions } from './setup-actions.tsx'
import { TestReport } from './test-report.tsx'

/** What the parts beside the form go by. */
export interface SetupEntry {
  readonly domain: string
  readonly scopes: string
  /** PEM, when the application authenticates with a key. */
  readonly publicKey: string | null
}

/** The form of one connection, new or saved: fill, test, save, run the first sync. */
export function ConnectionEdit({
  connector,
  connection,
  onScopes,
  onSaved,
}: {
  connector: Connector
  connection: Connection | null
  /** Told what is entered, for the guide beside the form. */
  onScopes: (entered: SetupEntry) => void
  /** What stood in the form, which started from this version, is stored: it starts anew from what is there then. */
  onSaved: (from: number | null) => void
}): JSX.Element {
  const form = useConnectionForm(connector, connection)
  const work = useConnectionWork(connector, connection, form, onSaved)
  const { domain = '', scopes = '' } = form.config
  const [told, setTold] = useState('')
  const inUse = connection?.secrets.find(({ publicKey }) => publicKey !== null)?.publicKey
  const publicKey = (form.key?.publicKey ?? inUse)?.pem ?? null
  const now = [domain, scopes, publicKey].join('\n')
  if (told !== now) {
    setTold(now)
    queueMicrotask(() => onScopes({ domain, scopes, publicKey }))
  }
  return (
    <>
      <form
        className="setup-form"
        noValidate
        aria-label={`${connector.label} connection`}
        onSubmit={(event) => {
          event.preventDefault()
          work.test()
        }}
      >
        <div className="sheet sheet-body setup-fields">
          {form.restored && (
            <div className="note" data-tone="info">
              <div style={{ flex: 1 }}>
                What you had typed is back. The secret was not kept.{' '}
                <Button size="compact-xs" variant="default" onClick={form.reset}>
                  Discard the draft
                </Button>
              </div>
            </div>
          )}
          <ConnectionFields connector={connector} connection={connection} form={form} work={work} />
          <div className="quiet-lines">
            <NameLine form={form} standard={work.standardName} />
            <RateLine connector={connector} form={form} />
          </div>
        </div>
        {work.failures.length > 0 && <FailureNote failures={work.failures} />}
        {work.report && (
          <div className="stack" style={{ gap: 6 }}>
            {work.outdated && (
              <p className="field-note">You changed values since this test. Test again to know about them.</p>
            )}
            <TestReport
              test={work.report}
              integration={connector.name}
              cancel={work.cancel}
              follow={work.testedHere}
              fold
            />
          </div>
        )}
        <SetupActions integration={connector.name} connection={connection} form={form} work={work} />
      </form>
      <Guard form={form} busy={work.saving} />
    </>
  )
}

/** The connection's own name: needed by the command line, so it has one, but nobody has to think of it. */
function NameLine({ form, standard }: { form: ConnectionForm; standard: string }): JSX.Element {
  const [open, setOpen] = useState(false)
  const problem = form.problems['name']
  if (!open && !problem)
    return (
      <p className="name-line">
        Name in Owlie: <b>{form.name ?? standard}</b>{' '}
        <Button size="compact-xs" variant="subtle" onClick={() => setOpen(true)}>
          Rename
        </Button>
      </p>
    )
  return (
    <TextInput
      label="Name in Owlie"
      size="xs"
      maw={280}
      value={form.name ?? standard}
      error={problem && `${problem.message} ${problem.remedy}`}
      onChange={(event) => form.setName(event.currentTarget.value)}
      autoFocus={open}
    />
  )
}

/** Asks before what was typed is left. The draft stays for this tab; the secret does not. */
function Guard({ form, busy }: { form: ConnectionForm; busy: boolean }): JSX.Element {
  const guarded = form.dirty && !busy
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => guarded && current.pathname !== next.pathname,
    enableBeforeUnload: () => guarded,
    withResolver: true,
  })
  return (
    <Modal
      opened={blocker.status === 'blocked'}
      onClose={() => blocker.reset?.()}
      title="Leave without saving?"
    >
      <p style={{ marginTop: 0 }}>
        What you typed is kept in this tab as a draft, except the secret. You would have to enter that again.
      </p>
      <div className="row" style={{ justifyContent: 'flex-end' }}>
        <Button variant="default" onClick={() => blocker.proceed?.()}>
          Leave
        </Button>
        <Button data-autofocus onClick={() => blocker.reset?.()}>
          Stay
        </Button>
      </div>
    </Modal>
  )
}
