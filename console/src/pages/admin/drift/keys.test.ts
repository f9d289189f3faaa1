import { describe, expect, it } from 'vitest'
import { actOf, afterLeaving, keyHelp, moved } from './keys.ts'

const press = (key: string, more: object = {}) =>
  actOf({ key, ctrlKey: false, metaKey: false, altKey: false, ...more })

describe('keys of the drift review', () => {
  it('every key of the help does something, and with Ctrl none does', () => {
    const word: Record<string, string> = { Esc: 'Escape' }
    for (const [key] of keyHelp) {
      expect([key, press(word[key] ?? key)]).not.toEqual([key, null])
      expect(press(word[key] ?? key, { ctrlKey: true })).toBeNull()
    }
    expect(press('q')).toBeNull()
  })

  it('moves within the list', () => {
    expect(moved(['a', 'b'], null, 1)).toBe('a')
    expect(moved(['a', 'b'], 'a', 1)).toBe('b')
    expect(moved(['a', 'b'], 'b', 1)).toBe('b')
    expect(moved(['a', 'b'], 'a', -1)).toBe('a')
    expect(moved([], 'a', 1)).toBeNull()
  })

  it('goes on with what has come to the place of a row that left', () => {
    expect(afterLeaving(['a', 'b', 'c'], ['a', 'c'], 'b')).toBe('c')
    expect(afterLeaving(['a', 'b'], ['a'], 'b')).toBe('a')
    expect(afterLeaving(['a'], [], 'a')).toBeNull()
    expect(afterLeaving(['a'], ['a', 'b'], 'a')).toBe('a')
  })
})
