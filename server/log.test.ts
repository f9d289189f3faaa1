import { describe, expect, it } from 'vitest'
import { createLog } from './log.ts'

function logged(write: (log: ReturnType<typeof createLog>) => void): Record<string, unknown> {
  const lines: string[] = []
  write(createLog('debug', { write: (line) => void lines.push(line) }))
  expect(lines).toHaveLength(1)
  return JSON.parse(lines[0]!) as Record<string, unknown>
}

const canary = 'canary-7f3a9b2c'

describe('the log', () => {
  it('has time, level, text and the known fields, and drops every other', () => {
    const request = { headers: { authorization: canary } }
    const line = logged((log) => log.warn({ task: 'sync.turn', request, body: canary, code: 'x' }, 'Said.'))
    expect(Object.keys(line).sort()).toEqual(['code', 'level', 'message', 'task', 'time'])
    expect(line).toMatchObject({ level: 'warn', task: 'sync.turn', message: 'Said.' })
  })

  it('says of an error what it is, not what it carries', () => {
    const error = Object.assign(new Error('broken', { cause: new Error('deeper') }), {
      code: '23505',
      detail: `Key (secret)=(${canary})`,
      config: { password: canary },
    })
    const text = JSON.stringify(logged((log) => log.error({ err: error }, 'A defect.')))
    expect(text).not.toContain(canary)
    expect(JSON.parse(text)).toMatchObject({
      err: { code: '23505', message: 'broken', cause: { message: 'deeper' } },
    })
  })

  it.each([
    ['a token', 'got eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln', 'eyJ'],
    ['an API key', 'refused owl_abcdefghijklmnop', 'owl_a'],
    ['a password in an address', 'cannot reach postgres://owlie:hunter2hunter2@db/owlie', 'hunter2'],
    ['an Authorization header', 'sent Bearer abcdef123456', 'abcdef'],
  ])('masks %s in the text of an error', (_what, text, part) => {
    const line = JSON.stringify(logged((log) => log.error({ err: new Error(text) }, 'A defect.')))
    expect(line).toContain('[credential]')
    expect(line).not.toContain(part)
  })

  it('keeps one event on one line', () => {
    const lines: string[] = []
    const log = createLog('info', { write: (line) => void lines.push(line) })
    log.info({ reason: 'a\n{"level":"error"}\u2028b' }, 'x\ny')
    expect(lines).toHaveLength(1)
    expect(lines[0]!.trimEnd().split(/[\n\u2028]/)).toHaveLength(1)
  })
})
