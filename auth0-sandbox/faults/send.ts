import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { createGzip } from 'node:zlib'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { FaultEffect } from './rules.ts'

/** An answer about to be sent. */
export interface Outgoing {
  status: number
  headers: Record<string, string>
  body: string | Buffer | undefined
}

const page = (status: number): string =>
  `<!DOCTYPE html>\n<html><head><title>${status} Service error</title></head>\n<body><center><h1>${status}</h1></center><hr><center>cloudflare</center></body></html>\n`

/** The answer of effects that do not let the operation run; undefined for those that do. */
export function answerInstead(effect: FaultEffect): Outgoing | undefined {
  if (effect.kind === 'html') {
    const status = effect.status ?? 502
    return { status, headers: { 'content-type': 'text/html; charset=utf-8' }, body: page(status) }
  }
  if (effect.kind === 'redirect') {
    return { status: effect.status ?? 302, headers: { location: effect.location }, body: undefined }
  }
  return effect.kind === 'answer' ? plainAnswer(effect) : undefined
}

function plainAnswer(effect: { status: number; body?: unknown; headers?: Record<string, string> }): Outgoing {
  const text =
    typeof effect.body === 'string'
      ? effect.body
      : effect.body === undefined
        ? undefined
        : JSON.stringify(effect.body)
  const type =
    typeof effect.body === 'string' ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8'
  return {
    status: effect.status,
    headers: { ...(text === undefined ? {} : { 'content-type': type }), ...lower(effect.headers) },
    body: text,
  }
}

const lower = (headers: Record<string, string> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

/** Changes an answer that the operation gave. */
export function reshape(effect: FaultEffect, answer: Outgoing): Outgoing {
  const text = answer.body === undefined ? '' : answer.body.toString()
  switch (effect.kind) {
    case 'answer-after':
      return plainAnswer(effect)
    case 'cut-json':
      return { ...answer, body: text.slice(0, Math.floor(text.length / 2)) }
    case 'oversize':
      return { ...answer, body: text + ' '.repeat(Math.max(0, effect.bytes - text.length)) }
    case 'headers':
      return { ...answer, headers: { ...answer.headers, ...lower(effect.headers) } }
    case 'rewrite':
      return { ...answer, body: JSON.stringify(effect.change(text === '' ? undefined : JSON.parse(text))) }
    default:
      return answer
  }
}

/** True when the effect took the sending upon itself, so that nobody else answers. */
export async function sendBroken(
  effect: FaultEffect,
  answer: Outgoing,
  response: ServerResponse,
): Promise<boolean> {
  if (effect.kind === 'drop') {
    response.destroy()
    return true
  }
  if (effect.kind === 'hang') return true
  if (effect.kind === 'flood') {
    await flood(effect, response)
    return true
  }
  if (effect.kind !== 'truncate' && effect.kind !== 'drip') return false
  const body = Buffer.from(answer.body ?? '')
  const length = effect.kind === 'truncate' && effect.chunked ? {} : { 'content-length': String(body.length) }
  response.writeHead(answer.status, { ...answer.headers, ...length })
  if (effect.kind === 'truncate') {
    response.write(body.subarray(0, effect.bytes ?? Math.floor(body.length / 2)), () => response.destroy())
    return true
  }
  for (let at = 0; at < body.length && !response.destroyed; at += effect.bytes) {
    response.write(body.subarray(at, at + effect.bytes))
    await sleep(effect.everyMs)
  }
  response.end()
  return true
}

const block = Buffer.alloc(64 * 1024)

async function flood(
  { bytes, gzip }: { bytes: number; gzip?: boolean },
  response: ServerResponse,
): Promise<void> {
  const zeros = Readable.from(
    (function* () {
      for (let sent = 0; sent < bytes; sent += block.length) yield block
    })(),
  )
  const type = { 'content-type': 'application/json; charset=utf-8' }
  response.writeHead(200, gzip ? { ...type, 'content-encoding': 'gzip' } : type)
  // Whoever hangs up in the middle is what this is for.
  await (gzip ? pipeline(zeros, createGzip({ level: 1 }), response) : pipeline(zeros, response)).catch(
    () => {},
  )
}
