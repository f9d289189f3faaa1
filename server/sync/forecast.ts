import { type Connector, type CustomRate, kindsOf, type KindSize, type Manifest } from '@owlie/connector-kit'
import type { SyncForecast } from './sync-run.ts'

/** How much of each kind there was when it was last read completely, and when that was. */
export interface Counted {
  readonly sizes: Readonly<Record<string, KindSize>>
  /** Null when nothing was ever counted. */
  readonly at: Date | null
}

/** How much of the target's rate limit the connection may use, as it was set. */
export interface RateSetting {
  /** `unknown` is taken for the connector's first plan, and the forecast says so. */
  readonly ratePlan: string | CustomRate
  /** 0…1. */
  readonly reserve: number
}

/**
 * What a run of these permissions would take; null when the connector does not forecast. A kind whose permissions are
 * missing is not read and costs nothing. Pure.
 *
 * @param entered the permissions entered for the connection, which decide about optional kinds
 * @param granted what the target granted; null when that is not known yet, and what was entered is taken for it
 */
export function forecastOf(
  { manifest, forecast }: Pick<Connector, 'manifest' | 'forecast'>,
  entered: readonly string[],
  granted: readonly string[] | null,
  counted: Counted,
  { ratePlan, reserve }: RateSetting,
): SyncForecast | null {
  if (!forecast) return null
  const has = new Set(granted ?? entered)
  const read = kindsOf(manifest, entered).filter(({ scopes }) => scopes.every((scope) => has.has(scope)))
  const { sizes, at } = counted
  const expected = forecast({
    ...{ sizes, plan: ratePlan, reserve },
    kinds: read.map(({ name }) => name),
  })
  const labels = new Map(manifest.kinds.map(({ name, label }) => [name, label]))
  return {
    ...expected,
    kinds: expected.kinds.map((one) => ({ ...one, label: labels.get(one.kind) ?? one.kind })),
    plan: planInWords(manifest, ratePlan),
    reserve,
    countedAt: at?.toISOString() ?? null,
  }
}

function planInWords(
  { ratePlans = [] }: Pick<Manifest, 'ratePlans'>,
  plan: RateSetting['ratePlan'],
): SyncForecast['plan'] {
  if (typeof plan !== 'string')
    return { label: `${plan.burst} at once, ${plan.perMinute} a minute`, assumed: false }
  const known = ratePlans.find(({ name }) => name === plan)
  return { label: (known ?? ratePlans[0])?.label ?? plan, assumed: known === undefined }
}
