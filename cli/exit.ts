/**
 * How the command ends, as numbers that scripts may rely on, and the errors that carry them. The same failure has
 * the same code and remedy here, in the API and in the console; only the number is the CLI's own.
 */
export const exitCodes = {
  ok: 0,
  failed: 1,
  differences: 2,
  cancelled: 3,
  notSignedIn: 4,
  forbidden: 5,
  notFound: 6,
  conflict: 7,
  guard: 8,
  temporary: 9,
  usage: 64,
  interrupted: 130,
} as const

export interface Failure {
  kind: string
  code: string
  message: string
  why?: string | null
  remedy: string
  field?: string | null
  suggestion?: string | null
  scopes?: string[]
  capability?: string | null
}

const codeOfKind: Readonly<Record<string, number>> = {
  config: exitCodes.usage,
  credential: exitCodes.failed,
  permission: exitCodes.forbidden,
  missing: exitCodes.notFound,
  conflict: exitCodes.conflict,
  rejected: exitCodes.failed,
  throttled: exitCodes.temporary,
  unavailable: exitCodes.temporary,
  unsupported: exitCodes.failed,
  defect: exitCodes.failed,
}

/** The exit code of a list of failures: that of the first one, because it is the one to mend first. */
export function exitCodeOf(failures: readonly Failure[]): number {
  const first = failures[0]
  if (first === undefined) return exitCodes.failed
  if (first.code.startsWith('owlie.not_signed_in')) return exitCodes.notSignedIn
  const isGuards = first.code === 'guard.stopped' || first.code.startsWith('guard.second_person')
  if (isGuards || first.code.includes('.guard')) return exitCodes.guard
  return codeOfKind[first.kind] ?? exitCodes.failed
}

/** What was asked could not be done, and the server (or this command) says why. */
export class Refused extends Error {
  readonly failures: readonly Failure[]
  readonly exitCode: number

  constructor(failures: readonly Failure[], exitCode = exitCodeOf(failures)) {
    super(failures.map((failure) => failure.message).join(' '))
    this.failures = failures
    this.exitCode = exitCode
  }
}

export class Interrupted extends Error {
  constructor() {
    super('Interrupted.')
  }
}

/** A failure that this command found out by itself, without the server. */
export function refuse(
  kind: string,
  code: string,
  message: string,
  remedy: string,
  exitCode?: number,
): Refused {
  return new Refused([{ kind, code, message, remedy }], exitCode)
}
