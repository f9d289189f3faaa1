import { Button, Select, Switch, TextInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type JSX, useState } from 'react'
import { api, type Failure, failuresOf } from '../../../api.ts'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { Sheet } from '../../../parts/page.tsx'
import { When } from '../../../parts/when.tsx'
import { ToneIcon } from '../../../parts/word.tsx'
import { to } from '../../../path-builder.ts'
import {
  type LastDue,
  PreviewQuery,
  type Schedule,
  ScheduleQuery,
  SetScheduleMutation,
} from './schedule-query.ts'
import { ownTimeZone, scheduledTime, timeZones, usualMinutes, usualTimes } from './schedule-words.ts'
import './schedule.css'

/** When the connection is synced by itself, with the next times while one chooses. */
export function ScheduleSheet({
  integration,
  connection,
}: {
  integration: string
  connection: string
}): JSX.Element {
  const found = useQuery({
    queryKey: ['schedule', connection],
    queryFn: async ({ signal }) => (await api(ScheduleQuery, { id: connection }, signal)).connection,
    refetchInterval: 30_000,
  })
  return (
    <Sheet title="Schedule" id="schedule">
      {found.error && !found.data ? (
        <FailureNote failures={failuresOf(found.error)} retry={() => void found.refetch()} />
      ) : found.data ? (
        <ScheduleForm
          key={found.data.schedule?.updatedAt ?? 'none'}
          integration={integration}
          connection={connection}
          schedule={found.data.schedule}
          obstacle={found.data.incrementalObstacle}
        />
      ) : (
        <p className="quiet" role="status">
          Loading…
        </p>
      )}
    </Sheet>
  )
}

interface Entered {
  readonly enabled: boolean
  readonly cron: string
  readonly timeZone: string
  readonly incrementalMinutes: number | null
}

function ScheduleForm({
  integration,
  connection,
  schedule,
  obstacle,
}: {
  integration: string
  connection: string
  schedule: Schedule | null
  obstacle: Failure | null
}): JSX.Element {
  const saved: Entered = schedule ?? {
    ...{ enabled: false, cron: '0 3 * * *', timeZone: ownTimeZone(), incrementalMinutes: null },
  }
  const [entered, setEntered] = useState<Entered>({
    enabled: saved.enabled,
    cron: saved.cron,
    timeZone: saved.timeZone,
    incrementalMinutes: saved.incrementalMinutes,
  })
  const { enabled, cron, timeZone, incrementalMinutes } = entered
  const change = (part: Partial<Entered>) => setEntered({ ...entered, ...part })
  const dirty = (Object.keys(entered) as (keyof Entered)[]).some((key) => entered[key] !== saved[key])
  const preview = usePreview(cron, timeZone)
  const save = useSave(connection)
  const problemOf = (field: string) =>
    [...(save.failures ?? []), ...(preview?.failures ?? [])].find((failure) => failure.field === field)
  const cronProblem = problemOf('cron')
  return (
    <form
      className="schedule"
      onSubmit={(event) => {
        event.preventDefault()
        save.run({ ...entered })
      }}
    >
      <Switch
        label="Sync by itself"
        description="Everything is read at these times. A time that passes while Owlie is down makes one run afterwards."
        checked={enabled}
        onChange={({ currentTarget }) => change({ enabled: currentTarget.checked })}
      />
      <div className="schedule-fields">
        <Select
          label="Read everything"
          data={[
            ...usualTimes.map((each) => ({ value: each.cron, label: each.label })),
            { value: 'own', label: 'At times of my own' },
          ]}
          value={usualTimes.some((each) => each.cron === cron) ? cron : 'own'}
          onChange={(value) => value && change({ cron: value === 'own' ? '30 2 * * *' : value })}
          allowDeselect={false}
        />
        <TextInput
          label="As cron"
          description="Minute, hour, day, month, weekday"
          classNames={{ input: 'mono' }}
          value={cron}
          onChange={({ currentTarget }) => change({ cron: currentTarget.value })}
          error={cronProblem && [cronProblem.message, cronProblem.why].filter(Boolean).join(' ')}
        />
        <Select
          label="Time zone"
          searchable
          data={timeZones(timeZone)}
          value={timeZone}
          onChange={(value) => value && change({ timeZone: value })}
          allowDeselect={false}
          error={problemOf('timeZone')?.message}
        />
        <Select
          label="Follow changes in between"
          data={[
            { value: 'off', label: 'No, full runs only' },
            ...minutesWith(incrementalMinutes).map((minutes) => ({
              value: String(minutes),
              label: `Every ${minutes} minutes`,
            })),
          ]}
          value={incrementalMinutes === null ? 'off' : String(incrementalMinutes)}
          onChange={(value) => change({ incrementalMinutes: value === 'off' ? null : Number(value) })}
          allowDeselect={false}
          error={problemOf('incrementalMinutes')?.message}
        />
      </div>
      {incrementalMinutes !== null && obstacle && <Obstacle obstacle={obstacle} />}
      <NextTimes times={preview?.next ?? []} timeZone={timeZone} enabled={enabled} />
      {schedule && <LastTimes integration={integration} schedule={schedule} />}
      {save.failures && save.failures.some(({ field }) => !field) && <FailureNote failures={save.failures} />}
      <div className="row">
        <Button type="submit" variant={dirty ? 'filled' : 'default'} disabled={!dirty} loading={save.pending}>
          Save schedule
        </Button>
        {schedule && (
          <span className="faint">
            Set by {schedule.updatedBy}, <When at={schedule.updatedAt} />
          </span>
        )}
      </div>
    </form>
  )
}

function minutesWith(chosen: number | null): readonly number[] {
  const all = new Set([...usualMinutes, ...(chosen === null ? [] : [chosen])])
  return [...all].sort((a, b) => a - b)
}

function usePreview(cron: string, timeZone: string) {
  const found = useQuery({
    queryKey: ['schedule-preview', cron, timeZone],
    queryFn: async ({ signal }) => (await api(PreviewQuery, { cron, timeZone }, signal)).schedulePreview,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  })
  return found.data
}

function useSave(connection: string) {
  const queries = useQueryClient()
  const [failures, setFailures] = useState<readonly Failure[] | null>(null)
  const mutation = useMutation({
    mutationFn: async (schedule: Entered) =>
      (await api(SetScheduleMutation, { connectionId: connection, schedule })).setSchedule,
    onSuccess(result) {
      if (result.__typename === 'Refusal') return setFailures(result.failures)
      setFailures(null)
      notifications.show({ message: result.enabled ? 'Schedule saved.' : 'Nothing starts by itself.' })
      void queries.invalidateQueries({ queryKey: ['schedule', connection] })
    },
    onError: (error) => setFailures(failuresOf(error)),
  })
  return { failures, pending: mutation.isPending, run: mutation.mutate }
}

/** Wished for, and not possible now: said where it is chosen. */
function Obstacle({ obstacle }: { obstacle: Failure }): JSX.Element {
  return (
    <div className="note" data-tone="warn">
      <ToneIcon tone="warn" size={18} />
      <div>
        <strong>Only full runs for now.</strong> {obstacle.message}{' '}
        <span className="quiet">{obstacle.remedy}</span>
      </div>
    </div>
  )
}

function NextTimes({
  times,
  timeZone,
  enabled,
}: {
  times: readonly string[]
  timeZone: string
  enabled: boolean
}): JSX.Element | null {
  if (times.length === 0) return null
  return (
    <div>
      <div className="schedule-label">{enabled ? 'Next' : 'Switched on, it would come'}</div>
      <ol className="schedule-next" data-off={!enabled}>
        {times.map((at) => (
          <li key={at}>
            <time dateTime={at}>{scheduledTime(at, timeZone)}</time> <When at={at} />
          </li>
        ))}
      </ol>
    </div>
  )
}

function LastTimes({
  integration,
  schedule,
}: {
  integration: string
  schedule: Schedule
}): JSX.Element | null {
  const rows = [
    ['Last full run', schedule.lastFull],
    ['Last incremental run', schedule.lastIncremental],
  ] as const
  if (rows.every(([, last]) => last === null)) return null
  return (
    <dl className="facts">
      {rows.map(
        ([label, last]) =>
          last && (
            <div key={label} style={{ display: 'contents' }}>
              <dt>{label}</dt>
              <dd>
                <Last integration={integration} last={last} />
              </dd>
            </div>
          ),
      )}
    </dl>
  )
}

function Last({ integration, last }: { integration: string; last: LastDue }): JSX.Element {
  const words = last.outcome === 'started' ? 'Started' : 'Skipped'
  return (
    <>
      {last.runId ? (
        <Link {...to.run(integration, last.runId)} className="link">
          {words}
        </Link>
      ) : (
        words
      )}{' '}
      <When at={last.at} />
      {last.reason && <span className="quiet">: {last.reason}</span>}
    </>
  )
}
