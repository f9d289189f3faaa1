import { type JSX, useState } from 'react'
import { Bars } from '../../../parts/facts.tsx'
import { count, duration, plural } from '../../../parts/figures.ts'
import { Sheet } from '../../../parts/page.tsx'
import { Sparkline } from '../../../parts/sparkline.tsx'
import { isActive, type Run } from './run-query.ts'

/** What the run cost the target: requests by route, refusals for going too fast, and time spent waiting. */
export function RunRequests({ run }: { run: Run }): JSX.Element {
  const { requests } = run
  const speeds = useSpeeds(run)
  return (
    <Sheet title={`Requests spent: ${count(requests.total)}`}>
      <p className="quiet" style={{ marginTop: 0 }}>
        {requests.throttled === 0
          ? 'Not one was refused for going too fast.'
          : `${plural(requests.throttled, 'request')} refused for going too fast (429).`}{' '}
        {requests.waitedMs > 0 && `${duration(requests.waitedMs)} spent waiting for the rate limit.`}
      </p>
      {isActive(run) && speeds.length > 2 && (
        <div className="speed">
          <Sparkline values={speeds.map(({ records }) => records)} />
          <span className="quiet">
            {count(Math.round(speeds.at(-1)!.records))} records/s · {speeds.at(-1)!.requests.toFixed(1)}{' '}
            requests/s
          </span>
        </div>
      )}
      {requests.byRoute.length > 0 && (
        <Bars
          caption="Requests by route"
          unit="Requests"
          rows={[...requests.byRoute]
            .sort((a, b) => b.count - a.count)
            .map(({ route, count: value }) => ({
              key: route,
              label: <code className="mono">{route}</code>,
              value,
            }))}
        />
      )}
    </Sheet>
  )
}

interface Sample {
  readonly at: number
  readonly records: number
  readonly requests: number
}

/** Speeds between the last polls, at most one minute of them; only while this page watches. */
function useSpeeds(run: Run): readonly { records: number; requests: number }[] {
  const [samples, setSamples] = useState<readonly Sample[]>([])
  const records = run.kinds.reduce((sum, { read }) => sum + read, 0)
  const requests = run.requests.total
  const ms = run.durationMs
  if (ms > (samples.at(-1)?.at ?? -1)) setSamples([...samples.slice(-60), { at: ms, records, requests }])
  return samples.slice(1).map((sample, at) => {
    const earlier = samples[at]!
    const seconds = Math.max(0.001, (sample.at - earlier.at) / 1_000)
    return {
      records: Math.max(0, sample.records - earlier.records) / seconds,
      requests: Math.max(0, sample.requests - earlier.requests) / seconds,
    }
  })
}
