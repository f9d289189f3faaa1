import { describe, expect, it } from 'vitest'
import { formatOf, isUsable, problemsOf, type WishFile } from './wish-file.ts'

const failure = (message: string, field?: string) => ({
  ...{ kind: 'rejected', code: 'x', message, remedy: 'r' },
  ...(field ? { field } : {}),
})
const file = (bad: number, items: number, problems: string[] = []): WishFile => ({
  items: Array.from({ length: items }, () => ({})),
  lines: Array.from({ length: bad }, (_, at) => ({
    line: at + 2,
    item: null,
    problems: [failure('No user.', 'user')],
  })),
  problems: problems.map((message) => failure(message)),
})

describe('a file of wishes', () => {
  it('is what its name says, and of a stream what it begins with', () => {
    expect(
      ['a.CSV', 'a.json', '-', '-', 'list'].map((path, at) => formatOf(path, at === 3 ? 'user\n' : ' [{}]')),
    ).toEqual(['csv', 'json', 'json', 'csv', 'json'])
  })

  it('names the line of every problem', () => {
    expect(problemsOf(file(2, 0, ['Too large.'])).map(({ field }) => field)).toEqual([
      undefined,
      'line 2 · user',
      'line 3 · user',
    ])
  })

  it.each([
    ['all lines good', file(0, 3), false, true],
    ['one bad', file(1, 3), false, false],
    ['one bad, to be skipped', file(1, 3), true, true],
    ['all bad, to be skipped', file(2, 0), true, false],
    ['a fault of the whole file is never skipped', file(0, 3, ['Too large.']), true, false],
  ])('%s', (_what, read, skipBad, may) => {
    expect(isUsable(read, skipBad)).toBe(may)
  })
})
