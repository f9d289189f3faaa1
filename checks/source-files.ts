import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { posix } from 'node:path'

const root = new URL('..', import.meta.url).pathname

/** Every file of the project, tracked or new, that git does not ignore; paths from the root. */
export function projectFiles(): string[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard']
  const files = execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim().split('\n')
  return [...new Set(files)].filter((file) => exists(file))
}

function exists(file: string): boolean {
  try {
    readFileSync(root + file)
    return true
  } catch {
    return false
  }
}

export function sourceOf(file: string): string {
  return readFileSync(root + file, 'utf8')
}

export function isCode(file: string): boolean {
  return /\.(ts|tsx)$/.test(file) && !file.endsWith('.d.ts')
}

export function isTest(file: string): boolean {
  return /\.test\.tsx?$/.test(file) || /(^|\/)(test|testing|e2e)\//.test(file)
}

/** What a file imports, as a path from the root or a package name. */
export function importsOf(file: string): string[] {
  const found = sourceOf(file).matchAll(
    /(?:^|\n)\s*(?:import|export)\s[^'"]*?from\s+['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)import\s+['"]([^'"]+)['"]/g,
  )
  return [...found].map((match) => {
    const name = (match[1] ?? match[2] ?? match[3])!
    return name.startsWith('.') ? posix.normalize(posix.join(posix.dirname(file), name)) : name
  })
}
