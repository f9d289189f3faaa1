import type { GraphQLParams } from 'graphql-yoga'

/** Shorter texts are words of the language more often than values. */
const shortest = 4

/**
 * graphql-js quotes what it was given in its messages ("got invalid value { … }"). Some of what is given here is a
 * secret, and an error is what people paste into tickets, so values are taken out of messages again: every text in
 * the variables and every text literal of the document.
 */
export function withoutValues({ query, variables }: GraphQLParams): (message: string) => string {
  const texts = [...new Set([...literalsOf(query ?? ''), ...textsIn(variables)])]
    .filter((text) => text.length >= shortest)
    .sort((a, b) => b.length - a.length)
  return (message) => texts.reduce((text, value) => text.replaceAll(value, '…'), message)
}

/** The escaped and the plain form, as either may be quoted. */
function textsIn(value: unknown, depth = 0): string[] {
  if (typeof value === 'string') return [value, JSON.stringify(value).slice(1, -1)]
  if (typeof value !== 'object' || value === null || depth > 20) return []
  return Object.values(value).flatMap((inner) => textsIn(inner, depth + 1))
}

/** As written and as meant: messages quote the one or the other. */
function literalsOf(query: string): string[] {
  const literals = query.matchAll(/"""([\s\S]*?)"""|"((?:[^"\\\n]|\\.)*)"/g)
  return [...literals].flatMap(([, block, text]) => {
    const written = block ?? text ?? ''
    return [written, written.replaceAll(/\\(["\\/])/g, '$1')]
  })
}
