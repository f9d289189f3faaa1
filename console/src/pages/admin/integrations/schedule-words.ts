/** Usual times, in the words of people. */
export const usualTimes: readonly { readonly cron: string; readonly label: string }[] = [
  { cron: '0 3 * * *', label: 'Every day at 03:00' },
  { cron: '0 3 * * 1-5', label: 'Monday to Friday at 03:00' },
  { cron: '0 3 * * 0', label: 'Every Sunday at 03:00' },
  { cron: '0 */6 * * *', label: 'Every 6 hours' },
  { cron: '0 * * * *', label: 'Every hour' },
]

export const usualMinutes: readonly number[] = [5, 15, 30, 60]

/** `Thu 26 Nov, 03:00`, in the schedule's own time zone. */
export function scheduledTime(at: string, timeZone: string): string {
  try {
    return new Intl.DateTimeFormat('en-GB', {
      ...{ weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
      timeZone,
    }).format(new Date(at))
  } catch {
    return at
  }
}

/** The zone of whoever looks. */
export function ownTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone
}

/** All zones there are, the given one among them. */
export function timeZones(chosen: string): string[] {
  return [...new Set([...Intl.supportedValuesOf('timeZone'), 'UTC', chosen])].sort()
}
