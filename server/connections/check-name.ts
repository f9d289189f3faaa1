import type { Failure } from '@owlie/connector-kit'
import { looksLikeCredential } from '../audit/index.ts'

const longest = 64

/**
 * A connection's name as it will be stored: NFC, blanks at the ends removed and runs of them made one. It is typed
 * on command lines and confirmed by typing it again, so it is one line of visible characters and not an id.
 */
export function checkName(typed: string): { readonly name: string; readonly failures: readonly Failure[] } {
  const name = typed.normalize('NFC').replace(/\s+/gu, ' ').trim()
  const length = [...name].length
  if (length === 0)
    return { name, failures: [fault('empty', 'The connection has no name.', 'Enter a name.')] }
  if (length > longest) {
    const suggestion = [...name].slice(0, longest).join('').trim()
    const remedy = `Use at most ${longest} characters.`
    return { name, failures: [fault('too_long', `The name has ${length} characters.`, remedy, suggestion)] }
  }
  if (/[\p{C}\p{Zl}\p{Zp}]/u.test(name)) {
    const suggestion = name.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '')
    const remedy = 'Remove them.'
    return { name, failures: [fault('invisible', 'The name has invisible characters.', remedy, suggestion)] }
  }
  if (looksLikeCredential(name))
    return {
      name,
      failures: [fault('like_a_secret', 'The name looks like a token or a key.', 'Choose a name of words.')],
    }
  if (name.startsWith('-'))
    return {
      name,
      failures: [fault('dash', 'The name starts with a dash.', 'Start it with another character.')],
    }
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(name))
    return { name, failures: [fault('like_an_id', 'The name looks like an id.', 'Choose a name of words.')] }
  return { name, failures: [] }
}

/** The failure for a name another connection has; `taken` are all names in use. */
export function nameTaken(name: string, taken: readonly string[]): Failure {
  const used = new Set(taken.map((other) => other.toLowerCase()))
  let number = 2
  while (used.has(`${name} ${number}`.toLowerCase())) number += 1
  const suggestion = `${name} ${number}`
  return {
    kind: 'conflict',
    code: 'connection.name_taken',
    message: `There already is a connection named ${name}.`,
    remedy: 'Choose another name; capital and small letters count as the same.',
    field: 'name',
    ...([...suggestion].length <= longest ? { suggestion } : {}),
  }
}

function fault(code: string, message: string, remedy: string, suggestion?: string): Failure {
  return {
    kind: 'config',
    code: `connection.name_${code}`,
    message,
    remedy,
    field: 'name',
    ...(suggestion ? { suggestion } : {}),
  }
}
