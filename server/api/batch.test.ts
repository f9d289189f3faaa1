import { expect, it } from 'vitest'
import { batch } from './batch.ts'

it('asks once for what is wanted in one turn, and once per key', async () => {
  const asked: (readonly string[])[] = []
  const load = batch(async (keys: readonly string[]) => {
    asked.push(keys)
    return new Map(keys.filter((key) => key !== 'none').map((key) => [key, key.toUpperCase()]))
  })
  expect(await Promise.all([load('a'), load('b'), load('a'), load('none')])).toEqual([
    'A',
    'B',
    'A',
    undefined,
  ])
  expect(await Promise.all([load('b'), load('c')])).toEqual(['B', 'C'])
  expect(asked).toEqual([['a', 'b', 'none'], ['c']])
})

it('fails for all who waited, and for nobody else', async () => {
  let broken = true
  const load = batch(async (keys: readonly string[]) => {
    if (broken) throw new Error('down')
    return new Map(keys.map((key) => [key, 1]))
  })
  const results = await Promise.allSettled([load('a'), load('b')])
  expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected'])
  broken = false
  expect(await load('c')).toBe(1)
})
