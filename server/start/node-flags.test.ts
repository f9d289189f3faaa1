import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { nodeFlags } from './node-flags.ts'

it('`npm run serve` runs the server as `npm start` does', () => {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  const { scripts } = JSON.parse(text) as { scripts: Record<string, string> }
  expect(scripts['serve']).toBe(['node', ...nodeFlags, 'server/main.ts'].join(' '))
})
