import { Button, Tooltip } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { JSX } from 'react'
import { to } from '../../../path-builder.ts'
import type { ConnectionForm } from './connection-form.ts'
import type { ConnectionWork } from './connection-work.ts'
import { useForecast } from './forecast.tsx'
import type { Forecast } from './forecast-query.ts'
import { forecastInShort } from './forecast-words.ts'
import type { Connection } from './setup-query.ts'

/** The buttons below the form. One is the main one: test, until a test has succeeded; then on to the sync. */
export function SetupActions({
  integration,
  connection,
  form,
  work,
}: {
  integration: string
  connection: Connection | null
  form: ConnectionForm
  work: ConnectionWork
}): JSX.Element {
  const unsaved = connection === null || form.dirty
  const first = !connection?.lastRun
  const sync = connection?.actions.find(({ name }) => name === 'sync')
  const ready = work.succeeded && unsaved
  const saved = connection !== null && !form.dirty
  const canSync = saved && connection.state === 'ready'
  const { data: forecast } = useForecast(canSync ? connection : null)
  return (
    <div className="setup-actions">
      {ready && (
        <Button loading={work.saving} disabled={work.testing} onClick={() => work.save(true)}>
          {first ? 'Save and run first sync' : 'Save and run sync'}
        </Button>
      )}
      {canSync && !connection.activeRun && (
        <Tooltip label={sync?.disabledReason} disabled={!sync?.disabledReason}>
          <Button
            loading={work.starting}
            disabled={work.testing || Boolean(sync?.disabledReason)}
            onClick={work.sync}
          >
            {first ? 'Run first sync' : 'Run sync'}
          </Button>
        </Tooltip>
      )}
      <Button
        type="submit"
        variant={ready || canSync ? 'default' : 'filled'}
        loading={work.testing}
        disabled={work.saving}
      >
        Test connection
      </Button>
      {unsaved && (
        <Button
          variant="default"
          loading={work.saving && !ready}
          disabled={work.testing || work.saving || !form.dirty}
          onClick={() => work.save(false)}
        >
          Save
        </Button>
      )}
      <span className="setup-hint">
        {hint(integration, connection, form, work) ||
          (canSync && forecast && <Expectation forecast={forecast} />)}
      </span>
    </div>
  )
}

function Expectation({ forecast }: { forecast: Forecast }): JSX.Element {
  const words = forecastInShort(forecast)
  return (
    <>
      {words}{' '}
      <a className="link" href="#next-sync">
        What it takes
      </a>
    </>
  )
}

function hint(
  integration: string,
  connection: Connection | null,
  form: ConnectionForm,
  work: ConnectionWork,
): JSX.Element | string {
  if (connection && !form.dirty && connection.activeRun)
    return (
      <>
        A sync is running.{' '}
        <Link className="link" {...to.run(integration, connection.activeRun.id)}>
          Watch it
        </Link>
      </>
    )
  if (work.testing) return ''
  if (form.dirty && work.report?.status === 'failed' && !work.outdated)
    return 'You can save it as it is; it stays incomplete until a test succeeds.'
  if (form.dirty && !work.succeeded) return 'The test works before saving, and writes nothing.'
  return ''
}
