/** Measurements, side by side with their floor. `npm run bench -- sync --help` */
import { parseArgs } from 'node:util'
import { measureRate, planOf, type RateCase } from './rate.ts'
import { measureSync, type SyncCase } from './sync.ts'

const USAGE = `npm run bench -- sync [--users 250,1000,10000,100000] [--latency 0,20,50] [--profile none]

  --users    sizes of the tenant; roles and organizations grow with it as in real ones
  --latency  milliseconds the sandbox waits before each answer
  --profile  none, free, self-service, enterprise-prod, enterprise-nonprod

Prints a row per case: requests counted at the sandbox against the floor, answers 429, wall time of the first sync
against the shortest that the rate limits and the latency allow, and of a second one in which nothing changed, the
memory of the server's process idle and at most (the sandbox and PostgreSQL are processes of their own), rows stored
against the tenant's own, and the rows the second sync wrote: of the inventory and elsewhere, which should be none,
and of the run itself.

npm run bench -- rate [--users 250,1000,10000,100000] [--latency 0,20,50]

The same requests through the governor against each rate profile, with the plan set and unknown, on virtual time: 429s,
and the time against that of the limits, with kinds read in turn and with all limits used at once.`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    users: { type: 'string', default: '250,1000,10000,100000' },
    latency: { type: 'string', default: '0,20,50' },
    profile: { type: 'string', default: 'none' },
    help: { type: 'boolean', default: false },
  },
})

if (!['sync', 'rate'].includes(positionals[0] ?? '') || values.help) {
  console.log(USAGE)
  process.exit(values.help ? 0 : 64)
}

const numbers = (text: string) => text.split(',').map(Number)
const row = (cells: readonly (string | number)[]) =>
  cells.map((cell) => ` ${String(cell)}`.padStart(12)).join('')
if (positionals[0] === 'rate') {
  await printRates()
  process.exit(0)
}
const cases = numbers(values.users).flatMap((users) =>
  numbers(values.latency).flatMap((latencyMs) =>
    values.profile.split(',').map((profile): SyncCase => ({
      users,
      roles: users <= 1000 ? 10 : users <= 10_000 ? 50 : 100,
      organizations: Math.max(5, Math.round(users / 100)),
      latencyMs,
      profile: profile as SyncCase['profile'],
    })),
  ),
)

const head = [
  'users',
  'latency',
  'profile',
  'requests',
  'floor',
  'ratio',
  '429',
  'first s',
  'floor s',
  'second s',
  'idle MB',
  'peak MB',
  'rows',
  'rewritten',
  'run rows',
  'elsewhere',
  'status',
]
console.log(row(head))
for (const one of cases) {
  const figures = await measureSync(one)
  const { requests, floor, refused, wallMs, secondWallMs, floorMs, stored, truth, status } = figures
  const seconds = (ms: number) => (ms / 1000).toFixed(1)
  const rows = stored === truth ? `${stored} all` : `${stored}/${truth}`
  const cost = [requests, floor, (requests / floor).toFixed(3), refused]
  console.log(
    row([
      one.users,
      one.latencyMs,
      one.profile,
      ...cost,
      seconds(wallMs),
      seconds(floorMs),
      seconds(secondWallMs),
      figures.idleMegabytes,
      figures.peakMegabytes,
      rows,
      figures.rewritten.inventory,
      figures.rewritten.own,
      Object.entries(figures.rewritten.elsewhere)
        .map(([table, count]) => `${table} ${count}`)
        .join(', ') || '0',
      status,
    ]),
  )
}
// The sandbox's own sockets may outlive it by their keep-alive; nothing is left to do.
process.exit(0)

async function printRates(): Promise<void> {
  console.log(
    row(['users', 'latency', 'profile', 'plan', 'requests', '429', 'seconds', 'in turn', 'ratio', 'at once']),
  )
  for (const users of numbers(values.users))
    for (const latencyMs of numbers(values.latency))
      for (const profile of Object.keys(planOf) as RateCase['profile'][])
        for (const plan of [planOf[profile], 'unknown']) {
          const figures = await measureRate({ users, latencyMs, profile, plan })
          const { requests, refused, seconds, floorSeconds, shortestSeconds } = figures
          const shown = plan === 'unknown' ? plan : 'set'
          const times = [seconds, floorSeconds].map((time) => time.toFixed(1))
          const ratio = (seconds / floorSeconds).toFixed(3)
          const cells = [users, latencyMs, profile.replace('enterprise', 'ent'), shown, requests, refused]
          console.log(row([...cells, ...times, ratio, shortestSeconds.toFixed(1)]))
        }
}
