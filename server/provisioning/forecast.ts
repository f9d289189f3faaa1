import { type ActionKind, actionOf, type Connector, questionsOf, usableBurst } from '@owlie/connector-kit'
import type { Connection } from '../connections/index.ts'
import type { PlanForecast, PlannedStep } from './operation.ts'

/** Giving and taking grants comes to the same whatever is there, so no request is spent on a look before it. */
export function looksBefore({ effect: { does } }: ActionKind): boolean {
  return does === 'set' || does === 'create' || does === 'delete'
}

/** What carrying out these steps takes: each write, the looks around it, and the time of the slowest bucket. Pure. */
export function forecastOf(
  connector: Connector,
  steps: readonly PlannedStep[],
  setting: Pick<Connection, 'ratePlan' | 'reserve'>,
): PlanForecast {
  const writes = steps.map((step) => writeRoute(connector, step))
  const reads = steps.flatMap((step) => lookRoutes(connector, step))
  return {
    writes: writes.length,
    reads: reads.length,
    seconds: secondsOf(connector, [...writes, ...reads], setting),
  }
}

function writeRoute({ manifest }: Connector, { action: name, target }: PlannedStep): string {
  const action = actionOf(manifest, name)!
  const batch = action.batch?.find(({ of }) => (target[of]?.length ?? 0) > 1)
  return (batch?.request ?? action.request).replace(/\{\w+\}/g, '{id}')
}

function lookRoutes(
  connector: Connector,
  { action: name, target, input, changeId }: PlannedStep,
): readonly string[] {
  const looks = connector.looks?.({ action: name, target, input, changeId }) ?? []
  const routes = questionsOf(looks).map((look) => connector.lookRoute?.(look) ?? '')
  return looksBefore(actionOf(connector.manifest, name)!) ? [...routes, ...routes] : routes
}

function secondsOf(
  { manifest: { ratePlans = [] }, rate }: Connector,
  routes: readonly string[],
  { ratePlan, reserve }: Pick<Connection, 'ratePlan' | 'reserve'>,
): number | null {
  if (!rate) return null
  const isKnown = typeof ratePlan !== 'string' || ratePlans.some(({ name }) => name === ratePlan)
  // Nobody has said which plan: the first is meant, as in the forecast of a run.
  const plan = isKnown ? ratePlan : (ratePlans[0]?.name ?? ratePlan)
  const drawn = new Map<string, { readonly burst: number; readonly perMinute: number; requests: number }>()
  for (const route of routes)
    for (const { name, limit } of rate.bucketsOf(plan, route) ?? []) {
      if (!limit) continue
      const bucket = drawn.get(name) ?? { burst: limit.burst, perMinute: limit.perMinute, requests: 0 }
      bucket.requests++
      drawn.set(name, bucket)
    }
  const seconds = [...drawn.values()].map(
    ({ burst, perMinute, requests }) =>
      (Math.max(0, requests - usableBurst(burst, reserve)) * 60) / perMinute,
  )
  return Math.ceil(Math.max(0, ...seconds))
}
