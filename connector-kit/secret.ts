import { inspect } from 'node:util'

/**
 * A value that cannot be printed by accident. Only `reveal()` gives it back, and the only callers of `reveal()`
 * are the code that signs a request and the code that seals it for storage.
 */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  reveal(): string {
    return this.#value
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  [inspect.custom](): string {
    return '[secret]'
  }
}
