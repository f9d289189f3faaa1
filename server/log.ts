import { type DestinationStream, type Logger, pino } from 'pino'

/**
 * The only names that reach the log; any other field is dropped, whatever it holds. So an object handed over in
 * haste (a request, a row, a connection) cannot carry a secret out. Add a name when a line needs it.
 */
const allowedNames: ReadonlySet<string> = new Set([
  'code',
  'connectionId',
  'durationMs',
  'err',
  'error',
  'id',
  'jobId',
  'kind',
  'method',
  'port',
  'processes',
  'reason',
  'roles',
  'route',
  'runId',
  'signal',
  'status',
  'task',
  'tenantId',
  'url',
  'version',
  'wake',
])

/** Characters of one value. */
const longest = 2_000

/** Shapes of credentials, in case a library quotes one in the text of an error. */
const credentials =
  /eyJ[\w-]{8,}\.[\w.-]*|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*|owl_\w{8,}|\b(?:bearer|basic|owlie)\s+[\w+/=.-]{8,}|(?<=:\/\/[^\s:@/]{0,100}:)[^\s@/]{1,200}(?=@)/gi

/** JSON lines, one per event, on standard output. */
export function createLog(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }), log: allowed },
    // Described already; pino's own would add every property an error has.
    serializers: { err: asItIs, error: asItIs },
    messageKey: 'message',
  }
  return destination ? pino(options, destination) : pino(options)
}

const asItIs = (value: unknown): unknown => value

function allowed(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([name]) => allowedNames.has(name))
      .map(([name, value]) => [name, plain(value)]),
  )
}

function plain(value: unknown): unknown {
  if (value instanceof Error) return describe(value)
  if (typeof value === 'string') return clean(value)
  if (Array.isArray(value)) return value.slice(0, 50).map(plain)
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value
  return undefined
}

/** Name, code and text of an error, never its other properties: a database error's detail holds row values. */
function describe(error: unknown): unknown {
  if (!(error instanceof Error)) return plain(error)
  const { code } = error as { code?: unknown }
  const cause = error.cause instanceof Error ? { cause: describe(error.cause) } : {}
  return {
    name: error.name,
    ...(typeof code === 'string' ? { code } : {}),
    message: clean(error.message),
    stack: clean(
      (error.stack ?? '')
        .split('\n')
        .filter((line) => line.startsWith('    at '))
        .slice(0, 12)
        .join('\n'),
    ),
    ...cause,
  }
}

function clean(text: string): string {
  return text
    .slice(0, longest)
    .replace(credentials, '[credential]')
    .replaceAll(/[\u2028\u2029]/g, ' ')
}
