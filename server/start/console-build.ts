import { readdir, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { type Child, runOnce } from './child.ts'

/** What the console is made from; anything newer than the built page means building again. */
const sources = ['src', 'public', 'index.html', 'package.json', 'vite.config.ts', 'tsconfig.json']

/** True when `dist/index.html` is there and nothing it is made from is newer. */
export async function consoleIsFresh(consoleDirectory: string, schemaFile: string): Promise<boolean> {
  const built = await modified(join(consoleDirectory, 'dist', 'index.html'))
  if (built === null) return false
  const paths = [...sources.map((name) => join(consoleDirectory, name)), schemaFile]
  const times = await Promise.all(paths.map((path) => newest(path)))
  return Math.max(...times) <= built
}

export async function consoleIsBuilt(consoleDirectory: string): Promise<boolean> {
  return (await modified(join(consoleDirectory, 'dist', 'index.html'))) !== null
}

/** Builds the console with its own Vite. Gives null, or what went wrong and what to do. */
export async function buildConsole(
  consoleDirectory: string,
  spawned: (child: Child) => void,
): Promise<string | null> {
  const script = viteProgram(consoleDirectory)
  if (script === null)
    return 'The console’s build tool (vite) is not installed. Run `npm install` here, then start again.'
  const { how, output } = await runOnce({
    name: 'console build',
    script,
    args: ['build', '--logLevel', 'warn'],
    directory: consoleDirectory,
    env: { ...process.env, NODE_ENV: 'production', NO_COLOR: '1' },
    spawned,
  })
  return how === 'exit code 0' ? null : `The console could not be built (${how}):\n${output}`
}

function viteProgram(consoleDirectory: string): string | null {
  try {
    const require = createRequire(join(consoleDirectory, 'package.json'))
    return join(dirname(require.resolve('vite/package.json')), 'bin', 'vite.js')
  } catch {
    return null
  }
}

async function newest(path: string): Promise<number> {
  const own = await modified(path)
  if (own === null) return 0
  const entries = await readdir(path, { withFileTypes: true }).catch(() => [])
  const inner = await Promise.all(entries.map((entry) => newest(join(path, entry.name))))
  return Math.max(own, ...inner)
}

async function modified(path: string): Promise<number | null> {
  return stat(path).then(
    (found) => found.mtimeMs,
    () => null,
  )
}
