/**
 * The command tree: `owlie <noun> <verb>`. Each noun is a file in commands/ that adds its verbs here; a verb returns
 * nothing when all is well, and throws `Refused` otherwise.
 */
import { Command, CommanderError } from 'commander'
import { connect, type Api } from './api.ts'
import { accountCommands } from './commands/account.ts'
import { apiKeyCommands } from './commands/api-key.ts'
import { connectionCommands } from './commands/connection.ts'
import { connectionCredentialCommands } from './commands/connection-credentials.ts'
import { connectionScopeCommands } from './commands/connection-scopes.ts'
import { guardCommands } from './commands/guard.ts'
import { identityCommands } from './commands/identity.ts'
import { driftCommands } from './commands/drift.ts'
import { inventoryCommands } from './commands/inventory.ts'
import { operationCommands } from './commands/operation.ts'
import { planCommands } from './commands/plan.ts'
import { operatorCommands } from './commands/operator.ts'
import { syncCommands } from './commands/sync.ts'
import { exitCodes } from './exit.ts'

export interface Context {
  /** Opens the API on first use, so that commands that do not need it need no key. */
  api(): Api
  signal: AbortSignal
  /** The exit code of a command that ended without an error, e.g. 1 for a failed test. */
  ends(exitCode: number): void
}

const EPILOG = `
Environment:
  OWLIE_URL       address of the server (default http://localhost:3000)
  OWLIE_API_KEY   an API key; make one at /admin/settings/api-keys, or on the server's host with
                  owlie api-key create --local --name cli --scopes "*"
  NO_COLOR        no colours

Exit codes:
  0 done · 1 failed · 3 cancelled · 4 not signed in · 5 scope or role missing · 6 not found
  7 stale or conflict · 8 stopped by the guard · 9 temporary, try again · 64 usage · 130 interrupted`

export function buildProgram(context: Context): Command {
  const root = new Command('owlie')
    .description('Identity governance from the terminal. Every command has --json.')
    .showSuggestionAfterError(true)
    .showHelpAfterError('(add --help for the options and examples)')
    .addHelpText('after', EPILOG)
  const connection = connectionCommands(root, context)
  connectionScopeCommands(connection, context)
  connectionCredentialCommands(connection, context)
  syncCommands(root, context)
  planCommands(root, context)
  operationCommands(root, context)
  guardCommands(root, context)
  inventoryCommands(root, context)
  accountCommands(root, context)
  identityCommands(root, context)
  driftCommands(root, context)
  apiKeyCommands(root, context)
  operatorCommands(root, context)
  exitInsteadOfDying(root)
  return root
}

function exitInsteadOfDying(command: Command): void {
  command.exitOverride()
  for (const child of command.commands) exitInsteadOfDying(child)
}

export async function program(args: readonly string[], signal: AbortSignal): Promise<number> {
  let exitCode: number = exitCodes.ok
  let api: Api | undefined
  const root = buildProgram({
    api: () => (api ??= connect(process.env, signal)),
    signal,
    ends: (code) => {
      exitCode = code
    },
  })
  try {
    await root.parseAsync([...args], { from: 'user' })
    return exitCode
  } catch (error) {
    // Commander has said what is wrong; help that was asked for is not an error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
    throw error
  }
}
