/** `--local`: hands over to the server's own host command, because only that may open the database. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { refuse } from './exit.ts'
import type { Context } from './program.ts'

export async function runOnHost(context: Context, args: readonly string[]): Promise<void> {
  const host = fileURLToPath(new URL('../server/local.ts', import.meta.url))
  if (!existsSync(host)) {
    const remedy = 'Run this where Owlie is installed, or leave --local out and use an API key.'
    throw refuse('unsupported', 'cli.no_host', '--local works only on the server’s host.', remedy)
  }
  const child = spawn(process.execPath, [host, ...args], { stdio: 'inherit' })
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (exitCode) => resolve(exitCode ?? 1))
  })
  context.ends(code)
}
