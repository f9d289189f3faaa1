/** A query string that Auth0's search engine would not take. */
export class SearchSyntaxError extends Error {}

export type Bound = { value: string; inclusive: boolean } | undefined

export type Node =
  | { kind: 'and' | 'or'; nodes: Node[] }
  | { kind: 'not'; node: Node }
  | { kind: 'all' }
  | { kind: 'exists'; field: string }
  | { kind: 'range'; field: string; from: Bound; to: Bound }
  /** `pattern` holds unescaped literals and, for wildcards, `*` and `?` as separate parts. */
  | { kind: 'term'; field: string | undefined; parts: readonly Part[]; quoted: boolean }

export type Part = { literal: string } | { wildcard: '*' | '?' }

type Token =
  | { type: '(' | ')' | '[' | ']' | '{' | '}' | ':' | 'and' | 'or' | 'not' | '>' | '>=' | '<' | '<=' }
  | { type: 'word'; parts: Part[] }
  | { type: 'phrase'; text: string }

/**
 * Parses the Lucene subset of Auth0's user search v3
 * (https://auth0.com/docs/manage-users/user-search/user-search-query-syntax): `field:value`, phrases,
 * AND, OR, NOT (also &&, ||, !, - and +), parentheses, ranges, comparisons, wildcards, `_exists_`. Terms side
 * by side are OR-ed, Lucene's default. Boosts and fuzzy terms are refused.
 */
export function parseSearch(text: string): Node {
  const tokens = tokenize(text)
  if (tokens.length === 0) return { kind: 'all' }
  const parser = new Parser(tokens)
  const node = parser.or(undefined)
  if (!parser.done) throw new SearchSyntaxError(`Unexpected "${parser.describe()}"`)
  return node
}

class Parser {
  readonly #tokens: Token[]
  #at = 0

  constructor(tokens: Token[]) {
    this.#tokens = tokens
  }

  get done(): boolean {
    return this.#at >= this.#tokens.length
  }

  describe(): string {
    const token = this.#tokens[this.#at]
    return token === undefined ? 'end of query' : token.type
  }

  #peek(offset = 0): Token['type'] | undefined {
    return this.#tokens[this.#at + offset]?.type
  }

  #take(): Token {
    const token = this.#tokens[this.#at++]
    if (!token) throw new SearchSyntaxError('Unexpected end of query')
    return token
  }

  #expect(type: Token['type']): void {
    if (this.#peek() !== type)
      throw new SearchSyntaxError(`Expected "${type}" but found "${this.describe()}"`)
    this.#at++
  }

  or(field: string | undefined): Node {
    const nodes = [this.#and(field)]
    while (!this.done && this.#peek() !== ')') {
      if (this.#peek() === 'or') this.#at++
      nodes.push(this.#and(field))
    }
    return nodes.length === 1 ? nodes[0]! : { kind: 'or', nodes }
  }

  #and(field: string | undefined): Node {
    const nodes = [this.#unary(field)]
    while (this.#peek() === 'and') {
      this.#at++
      nodes.push(this.#unary(field))
    }
    return nodes.length === 1 ? nodes[0]! : { kind: 'and', nodes }
  }

  #unary(field: string | undefined): Node {
    if (this.#peek() === 'not') {
      this.#at++
      return { kind: 'not', node: this.#unary(field) }
    }
    return this.#primary(field)
  }

  #primary(field: string | undefined): Node {
    if (this.#peek() === '(') {
      this.#at++
      const node = this.or(field)
      this.#expect(')')
      return node
    }
    if (field === undefined && this.#peek() === 'word' && this.#peek(1) === ':') {
      const name = literalOf((this.#take() as Token & { type: 'word' }).parts)
      this.#at++
      return this.#value(name)
    }
    return this.#value(field)
  }

  #value(field: string | undefined): Node {
    const token = this.#take()
    switch (token.type) {
      case '(': {
        const node = this.or(field)
        this.#expect(')')
        return node
      }
      case '[':
      case '{':
        return this.#range(named(field), token.type === '[')
      case '>':
      case '>=':
        return { kind: 'range', field: named(field), from: this.#bound(token.type === '>='), to: undefined }
      case '<':
      case '<=':
        return { kind: 'range', field: named(field), from: undefined, to: this.#bound(token.type === '<=') }
      case 'phrase':
        if (field === '_exists_') return { kind: 'exists', field: token.text }
        return { kind: 'term', field, parts: [{ literal: token.text }], quoted: true }
      case 'word':
        return this.#word(field, token.parts)
      default:
        throw new SearchSyntaxError(`Unexpected "${token.type}"`)
    }
  }

  #word(field: string | undefined, parts: Part[]): Node {
    if (field === '_exists_') return { kind: 'exists', field: literalOf(parts) }
    const onlyStar = parts.length === 1 && 'wildcard' in parts[0]! && parts[0].wildcard === '*'
    if (onlyStar) return field === undefined || field === '*' ? { kind: 'all' } : { kind: 'exists', field }
    return { kind: 'term', field, parts, quoted: false }
  }

  #range(field: string, fromInclusive: boolean): Node {
    const from = this.#bound(fromInclusive)
    const to = this.#take()
    if (to.type !== 'word' || literalOf(to.parts) !== 'TO')
      throw new SearchSyntaxError('Expected "TO" in range')
    const upper = this.#bound(true)
    const close = this.#take()
    if (close.type !== ']' && close.type !== '}') throw new SearchSyntaxError('Expected the end of a range')
    return { kind: 'range', field, from, to: upper && { ...upper, inclusive: close.type === ']' } }
  }

  #bound(inclusive: boolean): Bound {
    const token = this.#take()
    if (token.type === 'phrase') return { value: token.text, inclusive }
    if (token.type !== 'word') throw new SearchSyntaxError(`Unexpected "${token.type}" in range`)
    const value = token.parts.map((part) => ('literal' in part ? part.literal : part.wildcard)).join('')
    return value === '*' ? undefined : { value, inclusive }
  }
}

function named(field: string | undefined): string {
  if (field === undefined) throw new SearchSyntaxError('A range needs a field')
  return field
}

function literalOf(parts: readonly Part[]): string {
  return parts.map((part) => ('literal' in part ? part.literal : part.wildcard)).join('')
}

const singles = new Set(['(', ')', '[', ']', '{', '}', ':'])

function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  let inRange = false
  let at = 0
  while (at < text.length) {
    const character = text[at]!
    if (/\s/.test(character)) at++
    else if (character === '"') {
      const phrase = readPhrase(text, at)
      tokens.push({ type: 'phrase', text: phrase.text })
      at = phrase.next
    } else if (singles.has(character) && !(character === ':' && inRange)) {
      if (character === '[' || character === '{') inRange = true
      if (character === ']' || character === '}') inRange = false
      tokens.push({ type: character as ':' })
      at++
    } else {
      const operator = readOperator(text, at, tokens)
      if (operator) {
        if (operator.token) tokens.push(operator.token)
        at = operator.next
      } else {
        const word = readWord(text, at, inRange)
        tokens.push(keyword(word.parts, inRange))
        at = word.next
      }
    }
  }
  return tokens
}

function keyword(parts: Part[], inRange: boolean): Token {
  const word = parts.length === 1 && 'literal' in parts[0]! ? parts[0].literal : undefined
  if (!inRange && word === 'AND') return { type: 'and' }
  if (!inRange && word === 'OR') return { type: 'or' }
  if (!inRange && word === 'NOT') return { type: 'not' }
  return { type: 'word', parts }
}

function readOperator(
  text: string,
  at: number,
  before: Token[],
): { token?: Token; next: number } | undefined {
  const two = text.slice(at, at + 2)
  if (two === '&&') return { token: { type: 'and' }, next: at + 2 }
  if (two === '||') return { token: { type: 'or' }, next: at + 2 }
  if (before.at(-1)?.type === ':') {
    const sign = /^[<>]=?/.exec(text.slice(at, at + 2))?.[0]
    if (sign) return { token: { type: sign as '>' }, next: at + sign.length }
    return undefined
  }
  if (text[at] === '!' || text[at] === '-') return { token: { type: 'not' }, next: at + 1 }
  if (text[at] === '+') return { next: at + 1 }
  return undefined
}

function readPhrase(text: string, start: number): { text: string; next: number } {
  let out = ''
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\' && at + 1 < text.length) out += text[++at]
    else if (text[at] === '"') return { text: out, next: at + 1 }
    else out += text[at]
  }
  throw new SearchSyntaxError('A quotation mark is not closed')
}

function readWord(text: string, start: number, inRange: boolean): { parts: Part[]; next: number } {
  const parts: Part[] = []
  let literal = ''
  const flush = (): void => {
    if (literal) parts.push({ literal })
    literal = ''
  }
  let at = start
  for (; at < text.length; at++) {
    const character = text[at]!
    if (character === '\\' && at + 1 < text.length) literal += text[++at]
    else if (/[\s()[\]{}"]/.test(character) || (character === ':' && !inRange)) break
    else if (character === '^' || character === '~')
      throw new SearchSyntaxError(`"${character}" is not supported`)
    else if (character === '*' || character === '?') {
      flush()
      parts.push({ wildcard: character })
    } else literal += character
  }
  flush()
  return { parts, next: at }
}
