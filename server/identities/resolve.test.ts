import { describe, expect, it } from 'vitest'
import { orderOf, resolve, type Statement } from './attributes.ts'
import { checkValues, keysOf } from './check-values.ts'

const statement = (
  connectionId: string,
  values: Statement['values'],
  more: Partial<Statement> = {},
): Statement => ({
  ...{ accountId: `${connectionId}-account`, connectionId, isStale: false, firstSeenAt: 0, values },
  ...more,
})
const order = (chosen: Record<string, string[]> = {}) => ({
  chosen: new Map(Object.entries(chosen)),
  connections: ['old', 'new'],
})

describe('whose word counts', () => {
  it.each([
    [undefined, ['manual', 'old', 'new']],
    [['new'], ['new', 'old', 'manual']],
    [
      ['new', 'manual'],
      ['new', 'manual', 'old'],
    ],
    [
      ['gone', 'new'],
      ['new', 'old', 'manual'],
    ],
    [[], ['old', 'new', 'manual']],
  ])('chosen %j', (chosen, expected) => {
    expect(orderOf('title', order(chosen ? { title: chosen } : {}))).toEqual(expected)
  })

  const title = (...args: Parameters<typeof resolve>) => {
    const found = resolve(...args).find(({ name }) => name === 'title')
    return (
      found && [
        `${found.value} (${found.source})`,
        ...found.lost.map((each) => `${each.value} (${each.source})`),
      ]
    )
  }
  const both = [statement('new', { title: 'New' }), statement('old', { title: 'Old' })]

  it.each([
    ['what was entered first', { title: 'Mine' }, both, order(), ['Mine (manual)', 'Old (old)', 'New (new)']],
    ['then the oldest connection', {}, both, order(), ['Old (old)', 'New (new)']],
    [
      'unless it was chosen otherwise',
      {},
      both,
      order({ title: ['new', 'old'] }),
      ['New (new)', 'Old (old)'],
    ],
    ['the next where the first says nothing', {}, [both[0]!], order(), ['New (new)']],
    [
      'an account that is gone speaks last',
      {},
      [both[0]!, statement('old', { title: 'Old' }, { isStale: true })],
      order(),
      ['New (new)', 'Old (old)'],
    ],
    ['equal values lose nothing', { title: 'Old' }, both, order(), ['Old (manual)', 'New (new)']],
    [
      'of two accounts in one connection the older one',
      {},
      [
        statement('old', { title: 'B' }, { accountId: 'b', firstSeenAt: 2 }),
        statement('old', { title: 'A' }, { accountId: 'z', firstSeenAt: 1 }),
      ],
      order(),
      ['A (old)', 'B (old)'],
    ],
    ['nobody says anything', {}, [], order(), undefined],
  ] as const)('%s', (_, manual, statements, by, expected) => {
    expect(title(manual, statements, by)).toEqual(expected)
  })
})

describe('what admins enter', () => {
  it('is taken, taken back, or refused with all problems', () => {
    const entered = (values: Record<string, string>) =>
      Object.entries(values).map(([name, value]) => ({ name, value }))
    const before = { title: 'Boss', email: 'a@x.de' }
    expect(checkValues(before, entered({ title: '', email: ' B@x.de ' }))).toEqual({
      values: { email: 'B@x.de' },
      failures: [],
    })
    const { failures } = checkValues(
      before,
      entered({ shoe: '7', email: 'x', title: 'a\u0000b', manager: 'y'.repeat(301) }),
    )
    expect(failures.map(({ code, field }) => `${code} ${field}`)).toEqual([
      'identity.unknown_attribute shoe',
      'identity.bad_value email',
      'identity.bad_value title',
      'identity.bad_value manager',
    ])
    expect(keysOf({ email: 'B@X.de', employee_id: '0' })).toEqual([{ space: 'email', value: 'b@x.de' }])
  })
})
