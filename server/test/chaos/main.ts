/** Kills and faults by the hundred, drawn from a seed. `npm run chaos -- --help` */
import { parseArgs } from 'node:util'
import { openCluster } from './cluster.ts'
import { provisioningChaos } from './provisioning-chaos.ts'
import { syncChaos } from './sync-chaos.ts'

const USAGE = `npm run chaos -- [sync] [provisioning] [--kills 400] [--cases 2000] [--seed N]

  sync          real worker processes and a real PostgreSQL against the sandbox tenant, ended with kill -9 at named
                points and at random moments; after each run the mirror is compared with the tenant record by record,
                and the audit chain, pages, leases and the mass-change guard are checked
  provisioning  random operations with lost replies, refusals, crashes between any two effects, double workers,
                replayed keys and changes behind Owlie's back; the tenant's journal of writes is compared with ours

Without a name: both. The seed fixes what is drawn, not how processes race. OWLIE_TEST_DATABASE_URL replaces the
PostgreSQL it starts for itself. Ctrl+C ends early and reports. Exit code 1
when anything was violated.`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kills: { type: 'string', default: '400' },
    cases: { type: 'string', default: '2000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    help: { type: 'boolean', default: false },
  },
})
const numbers = { kills: Number(values.kills), cases: Number(values.cases), seed: Number(values.seed) }
const names = positionals.length === 0 ? ['sync', 'provisioning'] : positionals
const isWrong =
  names.some((name) => name !== 'sync' && name !== 'provisioning') ||
  Object.values(numbers).some((value) => !Number.isInteger(value) || value < 0)
if (values.help || isWrong) {
  console.log(USAGE)
  process.exit(values.help ? 0 : 64)
}

const { kills, cases, seed } = numbers
const say = (line: string) => console.log(line)
const again = (name: string, size: string) => say(`again: npm run chaos -- ${name} ${size} --seed ${seed}`)
let stopped = false
// Once: what has been done so far is reported. Twice: as usual.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => (stopped = true))
const isStopped = () => stopped
const cluster = await openCluster()
let violated = 0
try {
  if (names.includes('sync')) {
    say(`sync: ${kills} kills, seed ${seed}`)
    const databaseUrl = await cluster.database()
    const report = await syncChaos({ databaseUrl, kills, seed, say, isStopped })
    for (const [point, count] of Object.entries(report.byPoint).sort())
      say(`  ${String(count).padStart(5)} ${point}`)
    for (const violation of report.violations) say(`  VIOLATED ${violation}`)
    say(`sync: ${report.kills} kills in ${report.runs} runs, ${report.violations.length} violations`)
    again('sync', `--kills ${kills}`)
    violated += report.violations.length
  }
  if (names.includes('provisioning') && !stopped) {
    say(`provisioning: ${cases} cases, seed ${seed}`)
    const databaseUrl = await cluster.database()
    const report = await provisioningChaos({ databaseUrl, cases, seed, say, isStopped })
    const { duplicates, lost, mismatches } = report
    for (const [point, count] of Object.entries(report.deaths).sort())
      say(`  ${String(count).padStart(5)} ${point}`)
    for (const violation of [...duplicates, ...lost, ...mismatches]) say(`  VIOLATED ${violation}`)
    say(
      `  ${report.steps} steps, ${report.writes} effective writes, ${report.faults} faults, operations ended ${JSON.stringify(report.ends)}`,
    )
    say(
      `provisioning: ${report.cases} cases, ${duplicates.length} duplicates, ${lost.length} lost, ${mismatches.length} mismatches`,
    )
    again('provisioning', `--cases ${cases}`)
    violated += duplicates.length + lost.length + mismatches.length
  }
} finally {
  await cluster.close()
}
process.exit(violated > 0 ? 1 : 0)
