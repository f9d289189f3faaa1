import type { Json, ReadResult } from '@owlie/connector-kit'
import { describe, expect, it } from 'vitest'
import { readAhead } from './read-ahead.ts'

const more = (cursor: Json): ReadResult => ({ page: { observations: [], end: { is: 'more', cursor } } })
const complete: ReadResult = { page: { observations: [], end: { is: 'complete' } } }

describe('reading one page ahead', () => {
  it('asks for the next page while the first is in hand, and for nothing after the end', async () => {
    const asked: Json[] = []
    const stream = readAhead(
      async ({ cursor }) => {
        asked.push(cursor)
        return cursor === 2 ? complete : more(typeof cursor === 'number' ? cursor + 1 : 1)
      },
      { cursor: null },
    )
    expect(asked).toEqual([null])
    expect((await stream.take(true)).asked).toBeNull()
    expect(asked).toEqual([null, 1])
    expect((await stream.take(true)).asked).toBe(1)
    expect((await stream.take(true)).result).toBe(complete)
    expect(asked).toEqual([null, 1, 2])
    await expect(stream.take(true)).rejects.toThrow('ended')
  })

  it('without going on, asks only when it is taken', async () => {
    const asked: Json[] = []
    const read = async ({ cursor }: { cursor: Json }) => {
      asked.push(cursor)
      return cursor === null ? more(1) : complete
    }
    const stream = readAhead(read, { cursor: null })
    await stream.take(false)
    expect(asked).toEqual([null])
    await stream.take(false)
    expect(asked).toEqual([null, 1])
  })

  it('a connector that throws is a failure of kind defect, without its message', async () => {
    const stream = readAhead(
      async () => {
        throw new TypeError('secret=abc')
      },
      { cursor: null },
    )
    const { result } = await stream.take(true)
    expect(result).toMatchObject({
      failure: { kind: 'defect', code: 'sync.connector_threw', why: 'TypeError' },
    })
    expect(JSON.stringify(result)).not.toContain('abc')
  })
})
