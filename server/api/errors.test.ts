import { FailureError, type Failure } from '@owlie/connector-kit'
import { GraphQLError } from 'graphql'
import { describe, expect, it } from 'vitest'
import { maskError } from './errors.ts'

const canary = 'canary-5512'

function masked(error: unknown) {
  const logged: { id: string; err: unknown }[] = []
  const result = maskError({ error: (fields) => void logged.push(fields) })(error) as GraphQLError
  return { logged, message: result.message, extensions: result.extensions, text: JSON.stringify(result) }
}

describe('what leaves of an error', () => {
  it.each([
    ['a thrown error', new Error(canary)],
    ['a resolver’s error', new GraphQLError(canary, { originalError: new TypeError(canary) })],
    ['something that is no error', { secret: canary }],
  ])('%s: one sentence, and an id that is in the log', (_what, error) => {
    const { logged, extensions, text } = masked(error)
    expect(text).not.toContain(canary)
    expect(logged).toHaveLength(1)
    expect(extensions['id']).toBe(logged[0]!.id)
    expect(extensions['failure']).toMatchObject({
      kind: 'defect',
      remedy: expect.stringContaining(logged[0]!.id),
    })
  })

  it('an error for the caller passes, without what a library attached', () => {
    const error = new GraphQLError('POST body sent invalid JSON.', {
      extensions: { http: { status: 400 }, originalError: { message: canary } },
    })
    const { logged, message, extensions, text } = masked(error)
    expect(logged).toEqual([])
    expect(message).toBe('POST body sent invalid JSON.')
    expect(extensions.http).toMatchObject({ status: 400 })
    expect(text).not.toContain(canary)
  })

  it('a failure a door threw is the caller’s when it is about what was asked, a defect otherwise', () => {
    const failure: Failure = {
      kind: 'rejected',
      code: 'list.bad_cursor',
      message: 'No.',
      remedy: 'Start over.',
    }
    const thrown = new GraphQLError('x', { originalError: new FailureError(failure) })
    expect(masked(thrown)).toMatchObject({ logged: [], extensions: { code: failure.code, failure } })
    const other = new FailureError({ ...failure, kind: 'unavailable' })
    expect(masked(other).extensions['failure']).toMatchObject({ kind: 'defect' })
  })
})
