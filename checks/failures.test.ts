import { readFileSync } from 'node:fs'
import { buildSchema, type GraphQLEnumType } from 'graphql'
import { describe, expect, it } from 'vitest'
import { failureKinds, failureRules } from '@owlie/connector-kit'

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

describe('the ten failure kinds are the same everywhere', () => {
  it('in the API', () => {
    const kind = buildSchema(read('schema.graphql')).getType('FailureKind') as GraphQLEnumType
    expect(
      kind
        .getValues()
        .map((value) => value.name)
        .sort(),
    ).toEqual([...failureKinds].sort())
  })

  it('in the guide', () => {
    const rows = [...read('docs/guides/failures.md').matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1])
    expect(rows).toEqual([...failureKinds])
  })

  it('each says who acts and when to try again', () => {
    expect(Object.keys(failureRules).sort()).toEqual([...failureKinds].sort())
  })
})
