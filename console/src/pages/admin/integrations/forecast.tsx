import { useQuery } from '@tanstack/react-query'
import type { JSX } from 'react'
import { api, failuresOf } from '../../../api.ts'
import { type Column, DataTable } from '../../../parts/data-table.tsx'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { count, duration } from '../../../parts/figures.ts'
import { Sheet } from '../../../parts/page.tsx'
import { When } from '../../../parts/when.tsx'
import './forecast.css'
import { type Forecast, ForecastQuery } from './forecast-query.ts'
import { forecastSentence } from './forecast-words.ts'
import type { Connection } from './setup-query.ts'

/** What the next run would take. Asked anew when a run has ended or the settings have changed. */
export function useForecast(connection: Connection | null) {
  return useQuery({
    queryKey: ['sync-forecast', connection?.id, connection?.version, connection?.lastRun?.id],
    queryFn: async ({ signal }) => (await api(ForecastQuery, { id: connection!.id }, signal)).syncForecast,
    enabled: connection !== null && connection.state === 'ready',
  })
}

const columns: readonly Column<Forecast['kinds'][number]>[] = [
  { name: 'Kind, and the way it is read', cell: (kind) => <KindAndWay kind={kind} /> },
  { name: 'Requests', numeric: true, width: '26%', cell: requestsOf },
]

/** A kind's name, and below it how it is read and why. */
export function KindAndWay({ kind: { label, why } }: { kind: Forecast['kinds'][number] }): JSX.Element {
  return (
    <>
      <b>{label}</b>
      <div className="quiet">{why}</div>
    </>
  )
}

function requestsOf({ requests, atMost }: Forecast['kinds'][number]): string {
  if (atMost === null) return 'not counted yet'
  return atMost > requests ? `${count(requests)} to ${count(atMost)}` : count(requests)
}

/** Before a run: the way each kind is read and why, and what that takes of which rate limit. */
export function NextSync({ connection }: { connection: Connection }): JSX.Element | null {
  const found = useForecast(connection)
  const forecast = found.data
  if (connection.state !== 'ready' || forecast === null) return null
  return (
    <Sheet id="next-sync" title="What the next sync takes" flush>
      {found.error && !forecast ? (
        <div className="sheet-body">
          <FailureNote failures={failuresOf(found.error)} retry={() => void found.refetch()} />
        </div>
      ) : (
        <>
          {forecast && (
            <div className="sheet-body forecast-lead">
              <p>{forecastSentence(forecast)}</p>
              <Buckets forecast={forecast} />
            </div>
          )}
          <DataTable
            caption="Requests expected, kind by kind"
            columns={columns}
            rows={forecast?.kinds}
            rowKey={({ name }) => name}
            skeletonRows={5}
            empty={<p className="sheet-body quiet">None of the entered scopes lets Owlie read anything.</p>}
          />
        </>
      )}
    </Sheet>
  )
}

function Buckets({ forecast }: { forecast: Forecast }): JSX.Element | null {
  if (forecast.countedAt === null) return null
  return (
    <p className="quiet">
      {forecast.buckets.map(({ name, requests, minutes }, at) => (
        <span key={name}>
          {at > 0 && ' · '}
          {name}: {count(requests)}
          {minutes > 0 && `, ${duration(minutes * 60_000)}`}
        </span>
      ))}
      {' · '}
      {forecast.reservePercent} % of each limit is left to others. Counted <When at={forecast.countedAt} />.
    </p>
  )
}
