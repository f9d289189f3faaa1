import type { MiddlewareHandler } from 'hono'
import { Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'

export interface Metrics {
  readonly registry: Registry
  readonly measured: MiddlewareHandler
}

/** Figures for Prometheus. Labels come from a closed list, so their number cannot grow with what people send. */
export function createMetrics(version: string): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  new Gauge({ name: 'owlie_build_info', help: 'Always 1.', labelNames: ['version'], registers: [registry] })
    .labels(version)
    .set(1)
  const seconds = new Histogram({
    name: 'owlie_http_request_seconds',
    help: 'Time to answer, by kind of route and class of status.',
    labelNames: ['route', 'status'],
    buckets: [0.005, 0.025, 0.1, 0.25, 1, 5, 15],
    registers: [registry],
  })
  const measured: MiddlewareHandler = async (context, next) => {
    const end = seconds.startTimer({ route: routeOf(context.req.path) })
    await next()
    end({ status: `${Math.floor(context.res.status / 100)}xx` })
  }
  return { registry, measured }
}

function routeOf(path: string): string {
  if (path === '/api/graphql') return 'graphql'
  if (path.startsWith('/api/auth/')) return 'auth'
  if (path === '/healthz' || path === '/readyz' || path === '/metrics') return 'operations'
  return path.startsWith('/assets/') ? 'assets' : 'page'
}
