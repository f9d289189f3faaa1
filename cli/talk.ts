/**
 * Talk to people on stderr, data to programs on stdout, never mixed. Text that comes from elsewhere (names, ids,
 * messages) may hold escape sequences, so what a terminal would obey is taken out before it is printed.
 */
import { Interrupted, Refused, exitCodes, type Failure } from './exit.ts'

// eslint-disable-next-line no-control-regex -- control characters are what this is about
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]/g

export function plain(text: string): string {
  return text.replace(CONTROL, '\ufffd')
}

const colourful = Boolean(process.stderr.isTTY) && !process.env['NO_COLOR']
const paint = (code: number) => (text: string) => (colourful ? `\u001b[${code}m${text}\u001b[0m` : text)
export const bold = paint(1)
export const dim = paint(2)
export const red = paint(31)
export const green = paint(32)
export const yellow = paint(33)

/** One line to the person. */
export function say(line = ''): void {
  process.stderr.write(`${line}\n`)
}

/** One JSON document to the program. */
export function json(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
}

/** A table for people, on stdout; columns are as wide as their longest cell. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const cells = [head, ...rows].map((row) => row.map((cell) => plain(cell)))
  const widths = head.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)))
  for (const row of cells) {
    process.stdout.write(
      `${row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd()}\n`,
    )
  }
}

export function sayFailure(failure: Failure): void {
  say(`${red('✗')} ${bold(plain(failure.message))}`)
  if (failure.why) say(`  ${plain(failure.why)}`)
  if (failure.suggestion) say(`  Did you mean: ${plain(failure.suggestion)}`)
  say(`  ${plain(failure.remedy)}`)
  say(dim(`  ${failure.code}${failure.field ? ` · ${failure.field}` : ''}`))
}

/** Says what went wrong, in words or as `{ "failures": [...] }`, and returns the exit code. */
export function report(error: unknown, asJson: boolean): number {
  if (error instanceof Interrupted) {
    say('Interrupted.')
    return exitCodes.interrupted
  }
  if (error instanceof Refused) {
    if (asJson) json({ failures: error.failures })
    for (const failure of error.failures) sayFailure(failure)
    return error.exitCode
  }
  say(red(error instanceof Error ? plain(error.stack ?? error.message) : plain(String(error))))
  say('This is a defect of the owlie command. Please report it with the lines above.')
  return exitCodes.failed
}
