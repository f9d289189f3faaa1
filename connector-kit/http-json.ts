import { FailureError } from './failure.ts'
import { networkFailure } from './network-failure.ts'

/** A whole answer, inflated. */
export interface RawAnswer {
  readonly statusCode: number
  readonly headers: Headers
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** @throws FailureError `http.truncated`, `http.not_json` */
export function assertJson(
  { bytes, headers, statusCode: status }: RawAnswer,
  { method, host }: { readonly method: string; readonly host: string },
) {
  const type = headers.get('content-type') ?? ''
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8').trim()
  // A write may answer with nothing; a read never does.
  if (text === '' && method !== 'GET') return
  try {
    JSON.parse(text)
    return
  } catch {
    const cut = type.includes('json') && /^[{[]/.test(text) && !/[}\]]$/.test(text)
    if (cut) throw networkFailure('truncated', host, { status, why: 'the JSON ends in the middle' })
    throw new FailureError({
      kind: 'unavailable',
      code: 'http.not_json',
      message: `${host} answered with something that is not JSON.`,
      why: `${type === '' ? 'no content type' : `content type ${type.split(';')[0]!.slice(0, 60)}`}, ${firstWords(text)}`,
      remedy: 'Check the domain, and whether a proxy or firewall in between answers with a page of its own.',
      status,
    })
  }
}

const shownLength = 200

/**
 * What an answer that is none begins with, so that somebody can tell whose page it is. Tags give way to what they
 * enclose; whatever could be a secret, an address or a person (a value, a long word, a number, something with an @) is
 * blacked out, because a proxy's page may repeat what was sent. Pure.
 */
export function firstWords(text: string): string {
  if (text === '') return 'empty'
  const plain = text
    .slice(0, 2000)
    .replace(/<(style|script)\b[^]*?(<\/\1>|$)/gi, ' ')
    .replace(/<[^>]*(>|$)/g, ' ')
    // eslint-disable-next-line no-control-regex -- exactly those are taken out
    .replace(/[\s\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]+/g, ' ')
    .trim()
    .slice(0, shownLength)
    .trimEnd()
  const words = plain.split(' ').map((word) => (isTellable(word) ? word : '▮'))
  return `begins with “${words.join(' ')}”`
}

/** A word of letters, or a number as short as a status. */
function isTellable(word: string): boolean {
  const bare = word.replace(/^[("'“]+|[)"'”.,;:!?…]+$/g, '')
  return bare.length <= 16 && /^(\p{L}[\p{L}'’-]*|\d{1,3}|)$/u.test(bare)
}
