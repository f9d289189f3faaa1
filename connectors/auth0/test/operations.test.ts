import { operations as sandboxOperations } from '@owlie/auth0-sandbox'
import { describe, expect, test } from 'vitest'
import { operations } from '../operations.ts'

/** Every request this connector makes, against the sandbox, whose own tests drive each with Auth0's SDK. */

const shapeOf = (method: string, path: string): string => `${method} ${path.replace(/\{[^}]+\}/g, '{}')}`
const inSandbox = new Map(sandboxOperations.map((one) => [shapeOf(one.method, one.path), one]))

describe.each(Object.entries(operations))('%s', (_name, { method, path, scopes }) => {
  test('is an operation of the sandbox, and no scope it takes there is missing here', () => {
    const operation = inSandbox.get(shapeOf(method, path))
    expect(operation?.summary).toBeTruthy()
    const { all = [], any = [] } = operation!.scopes
    expect(all.filter((scope) => !(scopes as readonly string[]).includes(scope))).toEqual([])
    if (any.length > 0) expect(any.some((scope) => (scopes as readonly string[]).includes(scope))).toBe(true)
  })
})
