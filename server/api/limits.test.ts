import { getOperationAST, parse, validate } from 'graphql'
import { describe, expect, it } from 'vitest'
import { limits, overLimit } from './limits.ts'
import { measure } from './measure.ts'
import { schema } from './schema/schema.ts'

function measured(text: string, variables: Record<string, unknown> = {}) {
  const document = parse(text)
  expect(validate(schema, document)).toEqual([])
  return measure(schema, document, getOperationAST(document)!, variables)
}

describe('what an operation would take', () => {
  it('counts depth, objects, aliases and fields, through fragments', () => {
    const { depth, cost, aliases, fields } = measured(`
      query { people: accounts(first: 10) { nodes { ...F } } }
      fragment F on Account { connection { name } ... on Account { grants(first: 5) { nodes { id } } } }`)
    expect(depth).toBe(5)
    // (page + 10 × (node + connection + (page + node) × 5))
    expect(cost).toBe(10 * (1 + 1 + 1 + 5 * 2))
    expect(aliases).toBe(1)
    expect([...fields]).toContain('Grant.id')
  })

  it('knows what takes more than it gives', () => {
    const many = (first: number) =>
      overLimit(
        measured(`{ accounts(first: ${first}) { nodes { effectiveAccess { permissions { name } } } } }`),
      )
    expect(many(1)).toBeNull()
    expect(many(100)?.code).toBe('api.limit_cost')
  })

  it('reads page sizes from variables', () => {
    const query = 'query ($n: Int) { accounts(first: $n) { nodes { id } } }'
    expect(measured(query, { n: 7 }).pages).toEqual([{ field: 'Query.accounts', first: 7 }])
    expect(measured(query).pages).toEqual([{ field: 'Query.accounts', first: 50 }])
  })

  it('measures a doubling chain of fragments in no time', () => {
    const chain = Array.from(
      { length: 60 },
      (_, i) => `fragment F${i} on Account { ...F${i + 1} connection { id } ...F${i + 1} }`,
    )
    const text = `{ accounts { nodes { ...F0 } } } ${chain.join(' ')} fragment F60 on Account { id }`
    const started = performance.now()
    expect(overLimit(measured(text))?.code).toBe('api.limit_cost')
    expect(performance.now() - started).toBeLessThan(1_000)
  })
})

const deep = `{ accounts { nodes { grants { nodes { entitlement { holders { nodes { account { grants {
  nodes { account { id } } } } } } } } } } } }`

describe('what is too much', () => {
  it.each([
    ['a page that is too large', '{ accounts(first: 101) { nodes { id } } }', 'api.limit_page'],
    ['a page of nothing', '{ accounts(first: 0) { nodes { id } } }', 'api.limit_page'],
    ['a page of null', '{ accounts(first: null) { nodes { id } } }', 'api.limit_page'],
    [
      'an export page that is too large',
      '{ inventoryRecords(connectionId: 1, first: 1001) { next } }',
      'api.limit_page',
    ],
    ['depth', deep, 'api.limit_depth'],
    [
      'product of pages',
      '{ accounts(first: 100) { nodes { grants(first: 100) { nodes { entitlement { id } } } } } }',
      'api.limit_cost',
    ],
    [
      'aliases',
      `{ ${Array.from({ length: limits.aliases + 1 }, (_, i) => `a${i}: viewer { id }`).join(' ')} }`,
      'api.limit_aliases',
    ],
    [
      'aliases inside introspection',
      `{ __schema { ${Array.from({ length: limits.aliases + 1 }, (_, i) => `a${i}: types { name }`).join(' ')} } }`,
      'api.limit_aliases',
    ],
  ])('%s', (_what, text, code) => {
    expect(overLimit(measured(text))?.code).toBe(code)
  })

  it.each([
    [
      'the largest list',
      '{ accounts(first: 100) { total next nodes { id grants(first: 10) { total nodes { id origin } } } } }',
    ],
    ['the largest export page', '{ inventoryRecords(connectionId: 1, first: 1000) { next records } }'],
    [
      'a run with everything',
      '{ syncRun(id: 1) { kinds { failure { code } } requests { byRoute { route count } } } }',
    ],
  ])('not %s', (_what, text) => {
    expect(overLimit(measured(text))).toBeNull()
  })
})
