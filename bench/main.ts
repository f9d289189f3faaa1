/** Measurements, side by side with their floor. `npm run bench -- sync --help` */
import { parseArgs } from 'node:util'
import { measureSync, type SyncCase } from './sync.ts'

const USAGE = `npm run bench -- sync [--users 250,1000,10000,100000] [--latency 0,20,50] [--profile none]

  --users    sizes of the tenant; roles and organizations grow with it as in real ones
  --latency  milliseconds the sandbox waits before each answer
  --profile  none, free, self-service, enterprise-prod, enterprise-nonprod

Prints a row per case: requests counted at the sandbox against the floor, answers 429, wall time of the first sync
against the shortest that the rate limits and the latency allow, and of a second one in which nothing changed, the
memory of the server's process idle and at most (the sandbox and PostgreSQL are processes of their own), rows stored
against the tenant's own, and the rows the second sync wrote: of the inventory and elsewhere, which should be none,
and of the run itself.`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    users: { type: 'string', default: '250,1000,10000,100000' },
    latency: { type: 'string', default: '0,20,50' },
    profile: { type: 'string', default: 'none' },
    help: { type: 'boolean', default: false },
  },
})

if (positionals[0] !== 'sync' || values.help) {
  console.log(USAGE)
  process.exit(values.help ? 0 : 64)
}

const numbers = (text: string) => text.split(',').map(Number)
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
const row = (cells: readonly (string | number)[]) =>
  cells.map((cell) => ` ${String(cell)}`.padStart(12)).join('')
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
