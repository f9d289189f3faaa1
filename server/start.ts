import { fileURLToPath } from 'node:url'
import { readConfig } from './config.ts'
import { supervise } from './start/index.ts'

/**
 * `npm start`: the sandbox tenant, PostgreSQL, the console and the server, for a person at a desk. Flags go to the
 * sandbox tenant: `npm start -- --users 20000`. Exit codes: 0 stopped as asked, 1 failed, 64 bad settings.
 */
const say = (line: string): void => void process.stdout.write(`${line}\n`)

const config = readConfig(process.env)
if ('failures' in config) {
  for (const { message, remedy } of config.failures) process.stderr.write(`${message}\n  ${remedy}\n`)
  process.exitCode = 64
} else {
  process.exitCode = await supervise({
    root: fileURLToPath(new URL('..', import.meta.url)),
    dataDirectory: config.dataDirectory,
    host: config.host,
    port: { number: config.port, asked: config.portIsGiven },
    adminEmail: config.adminEmail,
    env: process.env,
    sandboxArgs: process.argv.slice(2),
    say,
  })
}
process.exit()
