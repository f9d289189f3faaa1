import type { Connection, Connector } from './setup-query.ts'

/** What stands in the fields for the rate limit; a number field that is empty or half typed holds text. */
export interface RateEntry {
  /** One of the connector's plans, `custom` or `unknown`. */
  readonly plan: string
  readonly burst: number | string
  readonly perMinute: number | string
  readonly reserve: number | string
}

export function savedRate(connection: Connection | null): RateEntry {
  return {
    plan: connection?.ratePlan ?? 'unknown',
    burst: connection?.customRate?.burst ?? '',
    perMinute: connection?.customRate?.perMinute ?? '',
    reserve: connection?.reservePercent ?? 20,
  }
}

export function isSameRate(a: RateEntry, b: RateEntry): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

/** As the API takes it. What is no whole number is sent as one it refuses, beside the field. */
export function enteredRate({ plan, burst, perMinute, reserve }: RateEntry) {
  const whole = (value: number | string) => (Number.isSafeInteger(value) ? Number(value) : -1)
  return {
    ratePlan: plan,
    ...(plan === 'custom' ? { customRate: { burst: whole(burst), perMinute: whole(perMinute) } } : {}),
    reservePercent: whole(reserve),
  }
}

/** The names of the fields at the server. */
export const rateFields = ['ratePlan', 'customRate', 'reservePercent'] as const

/** `Essentials or Professional`; what a plan is called where it is chosen. */
export function planChoices(connector: Connector): { value: string; label: string }[] {
  return [
    { value: 'unknown', label: `Not known, ${connector.label}’s answers say` },
    ...connector.ratePlans.map(({ name, label }) => ({ value: name, label })),
    { value: 'custom', label: 'A limit of its own' },
  ]
}

export function rateInWords(connector: Connector, { plan, burst, perMinute, reserve }: RateEntry): string {
  const label = planChoices(connector).find(({ value }) => value === plan)?.label ?? plan
  const words = plan === 'custom' ? `${burst} at once, ${perMinute} a minute` : label
  return `${words}; ${reserve} % left to logins`
}
