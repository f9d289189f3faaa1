#!/usr/bin/env node
/** The `owlie` command. Exits with the codes of exit.ts; data on stdout, talk on stderr. */
import { Interrupted, exitCodes } from './exit.ts'
import { program } from './program.ts'
import { report } from './talk.ts'

const interrupt = new AbortController()
process.once('SIGINT', () => interrupt.abort(new Interrupted()))
// A reader that has seen enough (`owlie inventory export | head`) is not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCodes.ok)
  throw error
})

try {
  process.exitCode = await program(process.argv.slice(2), interrupt.signal)
} catch (error) {
  process.exitCode = report(error, process.argv.includes('--json'))
}
