import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

// Typed documents are only as true as this file; it is generated from ../schema.graphql by
// `npx gql.tada generate-output` in console/.
it('has types of the contract as it is now', async () => {
  const console = fileURLToPath(new URL('..', import.meta.url))
  const directory = await mkdtemp(join(tmpdir(), 'owlie-types-'))
  const output = join(directory, 'graphql-env.d.ts')
  const program = join(dirname(createRequire(import.meta.url).resolve('gql.tada/package.json')), 'bin/cli.js')
  await promisify(execFile)(process.execPath, [program, 'generate-output', '--output', output], {
    cwd: console,
  })
  expect(await readFile(join(console, 'graphql-env.d.ts'), 'utf8')).toBe(await readFile(output, 'utf8'))
  await rm(directory, { recursive: true })
})
