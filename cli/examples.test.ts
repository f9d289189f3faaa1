import { readdirSync, readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { buildProgram } from './program.ts'

/** Every command that is shown anywhere is one: README, the help itself, and what the console offers to copy. */

function tree(): Command {
  const root = buildProgram({ api: never, signal: new AbortController().signal, ends: () => {} })
  for (const command of all(root)) {
    if (command.commands.length === 0) command.action(() => undefined)
    command.configureOutput({ writeErr: () => undefined, writeOut: () => undefined })
  }
  return root
}

function never(): never {
  throw new Error('nothing is sent by an example')
}

function all(command: Command): Command[] {
  return [command, ...command.commands.flatMap(all)]
}

/** As a shell takes it apart, as far as examples go; what is behind a pipe or a redirection is not ours. */
function wordsOf(line: string): string[] {
  const own = line.replace(/ (?:[|<>]|&&) .*$/, '').replace(/ #.*$/, '')
  return [...own.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"']+)+/g)].map(([word]) => word.replace(/["']/g, ''))
}

function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({ writeOut: (more) => (text += more) })
  command.outputHelp()
  return text.replaceAll(/\\\n +/g, '')
}

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')

function fromReadme(): string[] {
  const text = read('../README.md').replaceAll('\\\n', ' ')
  return [...text.matchAll(/npm run --silent owlie -- ([^\n`)]+)/g)].map(([, line]) => line!)
}

function fromHelp(): string[] {
  const root = tree()
  return all(root)
    .flatMap((command) => helpOf(command).split('Examples:')[1]?.split('\n') ?? [])
    .flatMap((line) => line.match(/^ +owlie (.+)$/)?.[1] ?? [])
}

function fromConsole(): string[] {
  const home = new URL('../console/src/', import.meta.url)
  return readdirSync(home, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.tsx'))
    .flatMap((name) => [
      ...readFileSync(new URL(name, home), 'utf8').matchAll(/cli=(?:"owlie ([^"]+)"|\{'owlie ([^']+)'\})/g),
    ])
    .map(([, plain, quoted]) => plain ?? quoted!)
}

describe.each([
  ['README.md', fromReadme(), 7],
  ['the help', fromHelp(), 90],
  ['the console', fromConsole(), 8],
])('what %s shows', (_, lines, least) => {
  it('is there', () => expect(lines.length).toBeGreaterThan(least))
  it.each(lines)('owlie %s', async (line) => {
    const root = tree()
    await expect(root.parseAsync(wordsOf(line), { from: 'user' })).resolves.toBe(root)
  })
})
