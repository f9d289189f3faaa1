/**
 * How a secret gets into the command: from standard input or a file, never as an option, which every user of the
 * machine could read in the process list.
 */
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import { refuse } from './exit.ts'
import { say } from './talk.ts'

export interface SecretOptions {
  secretStdin?: true
  secretFile?: string
  clientSecret?: string
}

export function secretOptions(command: Command): Command {
  return command
    .option('--secret-stdin', 'read the Client Secret from standard input')
    .option('--secret-file <path>', 'read the Client Secret from a file')
    .option(
      '--client-secret <value>',
      'refused: other users of this machine could read it in the process list',
    )
}

export async function secretOf(options: SecretOptions): Promise<string> {
  if (options.clientSecret !== undefined) {
    const remedy =
      'Use --secret-stdin or --secret-file, and replace this secret in Auth0: it may have been seen.'
    throw refuse(
      'config',
      'cli.secret_as_option',
      'A secret as an option can be read in the process list.',
      remedy,
    )
  }
  if (options.secretStdin && process.stdin.isTTY) say('Paste the Client Secret, then press Enter and Ctrl-D:')
  const given = options.secretStdin
    ? await text(process.stdin)
    : options.secretFile !== undefined
      ? await secretFile(options.secretFile)
      : ''
  const secret = given.trim()
  if (secret === '') {
    const remedy = 'Give it with --secret-stdin (for example `< secret.txt`) or --secret-file PATH.'
    throw refuse('config', 'cli.no_secret', 'No Client Secret was given.', remedy)
  }
  return secret
}

async function secretFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    throw refuse('config', 'cli.secret_file', `Cannot read ${path}.`, 'Check the path and its permissions.')
  }
}
