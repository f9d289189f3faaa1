import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Agent, fetch } from 'undici'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Sandbox } from './index.ts'

type Facts = Pick<Sandbox, 'domain' | 'url' | 'applications' | 'controlKey'> & { caPath: string }

let directory: string
const running = new Set<ChildProcess>()

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'auth0-sandbox-main-'))
})

afterAll(async () => {
  for (const child of running) child.kill('SIGKILL')
  await rm(directory, { recursive: true })
})

const flags = ['--users', '50', '--roles', '3', '--organizations', '4', '--directory']

function run(...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...flags, directory, ...args])
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

async function start(port: string): Promise<{ child: ChildProcess; facts: Facts }> {
  const child = run('--json', '--port', port)
  const [line] = (await once(createInterface(child.stdout!), 'line')) as [string]
  return { child, facts: JSON.parse(line) as Facts }
}

async function stop(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  expect(await exited).toEqual([0, null])
}

test('prints what is needed, serves it, keeps it over a restart, and ends when told', async () => {
  const first = await start('0')
  const { facts } = first
  const kept = JSON.parse(await readFile(join(directory, 'sandbox.json'), 'utf8')) as Facts
  expect(kept).toEqual(facts)
  expect((await stat(join(directory, 'sandbox.json'))).mode & 0o077).toBe(0)
  const dispatcher = new Agent({ connect: { ca: await readFile(facts.caPath, 'utf8') } })
  const { clientId, clientSecret } = facts.applications.readOnly
  const token = await fetch(`https://${facts.domain}/oauth/token`, {
    method: 'POST',
    dispatcher,
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      audience: `https://${facts.domain}/api/v2/`,
    }),
  })
  expect(token.status).toBe(200)

  const second = run('--port', new URL(facts.url).port)
  let words = ''
  second.stderr!.on('data', (chunk: Buffer) => (words += chunk.toString()))
  expect((await once(second, 'exit'))[0]).toBe(1)
  expect(words).toContain('is in use')

  await dispatcher.destroy()
  await stop(first.child)
  const again = await start('0')
  expect(again.facts.applications).toEqual(facts.applications)
  await stop(again.child)
})
