import { count, duration, plural } from '../../../parts/figures.ts'
import type { Forecast } from './forecast-query.ts'

type Sums = Pick<Forecast, 'requests' | 'atMost' | 'minutes' | 'countedAt'>

/** In a few words, beside the button: `About 1,204 requests, at least 3 min`. */
export function forecastInShort({ requests, minutes, countedAt }: Sums): string {
  if (countedAt === null) return ''
  const time = minutes > 0 ? `, at least ${duration(minutes * 60_000)}` : ''
  return `About ${plural(requests, 'request')}${time}.`
}

/** What the whole will take, and why it cannot be said more exactly. */
export function forecastSentence(forecast: Sums & Pick<Forecast, 'ratePlan' | 'ratePlanAssumed'>): string {
  const { requests, atMost, minutes, countedAt } = forecast
  if (countedAt === null)
    return 'Nobody has counted yet how much there is. The first sync does; from then on this says what to expect.'
  const most = atMost !== null && atMost > requests ? `, ${count(atMost)} at most` : ''
  const unknown = atMost === null ? ' Some kinds were never counted and may take more.' : ''
  const plan = `${forecast.ratePlanAssumed ? 'if the rate plan is' : 'with the rate plan'} ${forecast.ratePlan}`
  const time =
    minutes > 0
      ? `At least ${duration(minutes * 60_000)} ${plan}.`
      : `All within what may go out at once ${plan}.`
  return `About ${plural(requests, 'request')}${most}, if as much is there as last time. ${time}${unknown}`
}

/** `56 requests spent, as expected.`, `60 requests spent, 4 more than the 56 expected.` */
export function againstForecast(spent: number, expected: number): string {
  const more = spent - expected
  const beside =
    more === 0
      ? 'as expected'
      : `${count(Math.abs(more))} ${more > 0 ? 'more' : 'fewer'} than the ${count(expected)} expected`
  return `${plural(spent, 'request')} spent, ${beside}.`
}
