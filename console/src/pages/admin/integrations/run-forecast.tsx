import type { JSX } from 'react'
import { type Column, DataTable } from '../../../parts/data-table.tsx'
import { count, duration, plural } from '../../../parts/figures.ts'
import { Sheet } from '../../../parts/page.tsx'
import { KindAndWay } from './forecast.tsx'
import type { Forecast } from './forecast-query.ts'
import { againstForecast, forecastSentence } from './forecast-words.ts'
import { isActive, type Run } from './run-query.ts'

interface Row {
  readonly expected: Forecast['kinds'][number]
  readonly pages: number
}

const columns: readonly Column<Row>[] = [
  { name: 'Kind, and the way it is read', cell: ({ expected }) => <KindAndWay kind={expected} /> },
  {
    name: 'Expected',
    numeric: true,
    cell: ({ expected: { requests, atMost } }) => (atMost === null ? 'not counted' : count(requests)),
  },
  { name: 'Pages read', numeric: true, cell: ({ pages }) => count(pages) },
]

/** What the run was expected to take, against what it took. Nothing for a run that began before there were forecasts. */
export function RunForecast({ run }: { run: Run }): JSX.Element | null {
  const { forecast } = run
  if (!forecast) return null
  const rows = forecast.kinds.map((expected) => ({
    expected,
    pages: run.kinds.find(({ name }) => name === expected.name)?.pages ?? 0,
  }))
  return (
    <Sheet title="Expected and spent" flush>
      <div className="sheet-body forecast-lead">
        <p>{isActive(run) ? forecastSentence(forecast) : outcome(run, forecast)}</p>
      </div>
      <DataTable
        caption="Requests expected and pages read, kind by kind"
        columns={columns}
        rows={rows}
        rowKey={({ expected }) => expected.name}
        empty={<p className="sheet-body quiet">Nothing could be read with the scopes that were granted.</p>}
      />
    </Sheet>
  )
}

function outcome(run: Run, forecast: Forecast): string {
  const spent = run.requests.total
  if (forecast.countedAt === null)
    return `It took ${plural(spent, 'request')}. Nobody had counted before how much there is, so nothing was expected of it; the next run has its figures to go by.`
  const time =
    forecast.minutes > 0
      ? ` It took ${duration(run.durationMs)}; the rate limits alone were expected to take ${duration(forecast.minutes * 60_000)}.`
      : ''
  return `${againstForecast(spent, forecast.requests)}${time}`
}
