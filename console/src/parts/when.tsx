import { Tooltip } from '@mantine/core'
import { useEffect, useState, type JSX } from 'react'
import { absolute, relative } from './moment.ts'

/** A time: how long ago, and exactly when on hover or focus, in the viewer's zone and in UTC. */
export function When({
  at,
  never = 'never',
}: {
  at: string | null | undefined
  never?: string
}): JSX.Element {
  const now = useNow(10_000)
  if (!at) return <span className="faint">{never}</span>
  const ms = Date.parse(at)
  return (
    <Tooltip label={`${absolute(ms)} · ${absolute(ms, 'UTC')}`} multiline maw={320}>
      <time dateTime={at} tabIndex={0} style={{ whiteSpace: 'nowrap' }}>
        {relative(ms, now)}
      </time>
    </Tooltip>
  )
}

/** The present, renewed every so many milliseconds. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return now
}
