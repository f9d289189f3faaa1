import type { Connector, CustomRate, Failure } from '@owlie/connector-kit'
import type { ConnectionRow } from './store.ts'

/** How much of the target's rate limits a connection may use. */
export interface RateSetting {
  /** One of the connector's plans, figures of its own, or `unknown`. */
  readonly ratePlan: string | CustomRate
  /** 0…0.9 of each limit. */
  readonly reserve: number
}

/** What was entered; what is absent stays as it is. */
export interface EnteredRate {
  /** One of the connector's plans, `custom` or `unknown`. */
  readonly ratePlan?: string | null
  /** The figures of `custom`; alone they mean it. */
  readonly customRate?: CustomRate | null
  /** Whole percent, 0…90. */
  readonly reservePercent?: number | null
}

export const standardRate: RateSetting = { ratePlan: 'unknown', reserve: 0.2 }

const mostBurst = 100_000
const mostPerMinute = 1_000_000
const mostReserve = 90

/** Pure. Every problem is named, each beside its field. */
export function checkRate(
  connector: Connector,
  saved: RateSetting,
  entered: EnteredRate,
): RateSetting & { readonly failures: readonly Failure[] } {
  const failures: Failure[] = []
  const { customRate, reservePercent } = entered
  const plan = entered.ratePlan ?? (customRate ? 'custom' : saved.ratePlan)
  let ratePlan: string | CustomRate = plan
  if (plan === 'custom') {
    const figures = customRate ?? (typeof saved.ratePlan === 'string' ? null : saved.ratePlan)
    if (figures && isFigures(figures)) ratePlan = { burst: figures.burst, perMinute: figures.perMinute }
    else failures.push(figuresWrong())
  } else if (customRate) failures.push(figuresWithoutCustom())
  else if (typeof plan === 'string' && !plansOf(connector).includes(plan))
    failures.push(unknownPlan(connector))
  const percent = reservePercent ?? Math.round(saved.reserve * 100)
  if (!isWhole(percent, 0, mostReserve)) failures.push(reserveWrong())
  return { ratePlan, reserve: percent / 100, failures }
}

/** As the columns hold it. */
export function rateColumns({ ratePlan, reserve }: RateSetting) {
  const isCustom = typeof ratePlan !== 'string'
  return {
    rate_plan: isCustom ? 'custom' : ratePlan,
    rate_burst: isCustom ? ratePlan.burst : null,
    rate_per_minute: isCustom ? ratePlan.perMinute : null,
    reserve_percent: Math.round(reserve * 100),
  }
}

export function savedRate(
  row: Pick<ConnectionRow, 'rate_plan' | 'rate_burst' | 'rate_per_minute' | 'reserve_percent'>,
): RateSetting {
  const { rate_burst: burst, rate_per_minute: perMinute } = row
  return {
    ratePlan: burst !== null && perMinute !== null ? { burst, perMinute } : row.rate_plan,
    reserve: row.reserve_percent / 100,
  }
}

/** For the audit: `self-service, reserve 20 %`. */
export function rateInWords({ ratePlan, reserve }: RateSetting): string {
  const plan =
    typeof ratePlan === 'string' ? ratePlan : `${ratePlan.burst} at once, ${ratePlan.perMinute} a minute`
  return `${plan}; reserve ${Math.round(reserve * 100)} %`
}

function plansOf(connector: Connector): readonly string[] {
  return ['unknown', ...(connector.manifest.ratePlans ?? []).map(({ name }) => name)]
}

function isFigures({ burst, perMinute }: CustomRate): boolean {
  return isWhole(burst, 1, mostBurst) && isWhole(perMinute, 1, mostPerMinute)
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most
}

function unknownPlan(connector: Connector): Failure {
  return {
    kind: 'config',
    code: 'connection.unknown_rate_plan',
    message: `${connector.manifest.label} has no rate plan of this name here.`,
    remedy: `Use one of: ${[...plansOf(connector), 'custom'].join(', ')}.`,
    field: 'ratePlan',
  }
}

function figuresWrong(): Failure {
  return {
    kind: 'config',
    code: 'connection.custom_rate_wrong',
    message: 'A custom rate plan needs how many requests may go out at once, and how many a minute.',
    remedy: `Enter whole numbers: 1 to ${mostBurst} at once, 1 to ${mostPerMinute} a minute.`,
    field: 'customRate',
  }
}

function figuresWithoutCustom(): Failure {
  return {
    kind: 'config',
    code: 'connection.custom_rate_unused',
    message: 'Custom figures were given together with a plan that has its own.',
    remedy: 'Choose the plan custom, or leave the figures out.',
    field: 'customRate',
  }
}

function reserveWrong(): Failure {
  return {
    kind: 'config',
    code: 'connection.reserve_out_of_range',
    message: `The reserve must be a whole number of percent, 0 to ${mostReserve}.`,
    remedy: 'Use 20 if in doubt: it leaves a fifth of each limit to logins and other applications.',
    field: 'reservePercent',
  }
}
