import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { fileURLToPath } from 'node:url'
import { createAdaptorServer } from '@hono/node-server'
import { type Failure, FailureError } from '@owlie/connector-kit'
import type { Logger } from 'pino'
import { type App, createApp, defaultTenant } from './app.ts'
import { type Config, readConfig } from './config.ts'
import { type Data, openData } from './data.ts'
import { createLog } from './log.ts'
import { isRefusal } from './model/index.ts'

/**
 * `npm run serve`: the server alone. Reads the settings, opens the data, listens, and works until SIGTERM, SIGINT or
 * the end of the process that started it. Exit codes: 0 stopped as asked, 1 failed, 64 bad settings.
 */
const stopLimitMs = 10_000
const usage = 64

const { version } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8')) as {
  version: string
}

const config = readConfig(process.env)
if ('failures' in config) quit(config.failures, usage)
else await run(config, createLog(config.logLevel)).catch(notStarted)

async function run(config: Config, log: Logger): Promise<void> {
  let app: App | null = null
  const server = createAdaptorServer({
    fetch: (request, env) => (app ? app.http.fetch(request, env) : notYet(request)),
  }) as Server
  // Longer than a proxy or a browser keeps an idle connection, so that it is never closed under a request.
  server.keepAliveTimeout = 75_000
  const serves = config.roles.has('api')
  // Before the database is asked, so that a taken port is the first thing said.
  const port = serves ? await listen(server, config) : 0
  const url = config.baseUrl ?? `http://localhost:${port}`
  const data = await openData(config, (message) => log.warn(message))
  if ('failures' in data) return quit(data.failures, usage)
  try {
    app = await createApp({
      databaseUrl: data.databaseUrl.reveal(),
      masterKeys: data.masterKeys,
      baseUrl: new URL(url),
      extraHosts: config.auth0Hosts,
      roles: [...config.roles],
      consoleDirectory: fileURLToPath(new URL('../console/dist', import.meta.url)),
      version,
      log,
    })
    const firstAdmin = serves ? await makeFirstAdmin(app, config) : null
    await app.start()
    stopOnSignal({ app, data, server, log })
    log.info({ url: serves ? url : null, roles: [...config.roles], version }, 'Owlie is ready.')
    if (process.send) process.send({ type: 'ready', url: serves ? url : null, firstAdmin })
    else if (firstAdmin?.password) printFirstAdmin(url, firstAdmin.email, firstAdmin.password)
  } catch (error) {
    await app?.stop()
    await data.release()
    throw error
  }
}

/** Until the application is built, only that the process lives. */
function notYet(request: Request): Response {
  const alive = new URL(request.url).pathname === '/healthz'
  const headers = { 'cache-control': 'no-store', ...(alive ? {} : { 'retry-after': '1' }) }
  return Response.json({ alive: true, ready: false }, { status: alive ? 200 : 503, headers })
}

async function listen(server: Server, { port, portIsGiven, host }: Config): Promise<number> {
  for (let candidate = port; ; candidate += 1) {
    const taken = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
      server.once('error', resolve)
      server.listen(candidate, host, () => {
        server.off('error', resolve)
        resolve(null)
      })
    })
    if (taken === null) break
    if (taken.code === 'EADDRINUSE' && !portIsGiven && candidate < port + 50) continue
    throw new FailureError(cannotListen(host, candidate, taken), { cause: taken })
  }
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : port
}

type FirstAdmin = { readonly email: string; readonly password: string | null }

async function makeFirstAdmin(
  { operators }: App,
  { adminEmail: email, adminPassword: password }: Config,
): Promise<FirstAdmin | null> {
  const input = { tenantId: defaultTenant, email, ...(password ? { password } : {}) }
  const first = await operators.firstStart(input)
  if (isRefusal(first)) throw new FailureError(first.refused[0]!)
  return first.created ? { email, password: first.generatedPassword?.reveal() ?? null } : null
}

/** Plain text on standard error, once, and never in the log. */
function printFirstAdmin(url: string, email: string, password: string): void {
  process.stderr.write(
    `\nFirst start. Sign in at ${url}\n  ${email}\n  ${password}   (shown only this once)\n\n`,
  )
}

function cannotListen(host: string, port: number, { code }: NodeJS.ErrnoException): Failure {
  const place = `port ${port} of ${host}`
  const [message, remedy] =
    code === 'EADDRINUSE'
      ? [`Another program listens on ${place}.`, `End it, or choose another port: PORT=${port + 1}.`]
      : code === 'EACCES'
        ? [
            `This user may not listen on ${place}.`,
            'Choose a port from 1024 up, or let a proxy listen there.',
          ]
        : [
            `Cannot listen on ${place} (${code}).`,
            'HOST must be an address of this machine; 0.0.0.0 is all of them.',
          ]
  return { kind: 'config', code: 'owlie.cannot_listen', message, remedy, field: 'PORT' }
}

/** What a person can mend, in words; anything else with its stack, for whoever reports it. */
function notStarted(error: unknown): void {
  if (error instanceof FailureError) return quit([error.failure], error.failure.kind === 'config' ? usage : 1)
  process.stderr.write(`Owlie did not start.\n${error instanceof Error ? error.stack : String(error)}\n`)
  process.exit(1)
}

function quit(failures: readonly Failure[], code: number): void {
  for (const { message, remedy } of failures) process.stderr.write(`${message}\n  ${remedy}\n`)
  process.exit(code)
}

interface Parts {
  readonly app: App
  readonly data: Data
  readonly server: Server
  readonly log: Logger
}

function stopOnSignal(parts: Parts): void {
  let stopping = false
  const stop = (reason: string, code: number) => {
    if (stopping) return
    stopping = true
    parts.log.info({ reason }, 'Stopping.')
    setTimeout(() => process.exit(1), stopLimitMs).unref()
    void end(parts).then(
      () => process.exit(code),
      (err: unknown) => {
        parts.log.error({ err }, 'Stopping failed.')
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', () => stop('SIGTERM', 0))
  process.on('SIGINT', () => stop('SIGINT', 0))
  process.once('disconnect', () => stop('the starting process ended', 0))
  for (const event of ['uncaughtException', 'unhandledRejection'] as const)
    process.on(event, (err: unknown) => {
      parts.log.error({ err }, 'A defect ends this process.')
      stop(event, 1)
    })
}

/** Nothing new comes in, what is asked gets its answer, then the work, the pools, PostgreSQL. */
async function end({ app, data, server }: Parts): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeIdleConnections()
  setTimeout(() => server.closeAllConnections(), 2_000).unref()
  await app.stop()
  server.closeAllConnections()
  await closed
  await data.release()
}
