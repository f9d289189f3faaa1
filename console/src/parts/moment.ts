const steps = [
  { below: 60_000, unit: 1_000, word: 's' },
  { below: 3_600_000, unit: 60_000, word: 'min' },
  { below: 86_400_000, unit: 3_600_000, word: 'h' },
  { below: 30 * 86_400_000, unit: 86_400_000, word: 'd' },
] as const

/** `just now`, `3 min ago`, `in 2 h`, `5 d ago`; beyond 30 days the date. Milliseconds since the epoch. */
export function relative(at: number, now: number): string {
  const distance = Math.abs(now - at)
  if (distance < 5_000) return 'just now'
  const step = steps.find(({ below }) => distance < below)
  if (!step) return new Intl.DateTimeFormat('en', { dateStyle: 'medium' }).format(at)
  const words = `${Math.floor(distance / step.unit)} ${step.word}`
  return at > now ? `in ${words}` : `${words} ago`
}

/** `Mon, 23 Nov 2026, 14:03:09 GMT+1`, in the viewer's zone. */
export function absolute(at: number, timeZone?: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'short',
    ...(timeZone ? { timeZone } : {}),
  }).format(at)
}
