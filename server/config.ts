import { resolve } from 'node:path'
import { Secret, type Failure } from '@owlie/connector-kit'
import { z } from 'zod'

/**
 * Every environment variable of the server, read once. Unit, default and limit stand beside each. A bad value gives
 * one `Failure` per variable, all at once, and the process ends with code 64 before anything is touched.
 */
export interface Config {
  /** `PORT`: where to listen; 0 lets the system choose (tests). Default 3000. */
  readonly port: number
  /** True when PORT was given: then a taken port is an error instead of a reason to try the next one. */
  readonly portIsGiven: boolean
  /** `HOST`: address to listen on. Default 127.0.0.1; set 0.0.0.0 behind a proxy. */
  readonly host: string
  /** `OWLIE_BASE_URL`: the origin people use, without a path. Default `http://localhost:PORT`. */
  readonly baseUrl: string | null
  /** `DATABASE_URL`: PostgreSQL ≥ 15. Default: the embedded one. Holds a password. */
  readonly databaseUrl: Secret | null
  /** `OWLIE_DATA_DIR`: embedded cluster, generated keys. Default `.owlie` in the working directory. */
  readonly dataDirectory: string
  /** `OWLIE_AUTH0_HOSTS`: hosts beside *.auth0.com, `host[:port]`, comma-separated, at most 50. Default none. */
  readonly auth0Hosts: readonly string[]
  /** `OWLIE_MASTER_KEYS`: `kid:base64[,…]`, 32 bytes each, the first is active. Parsed by server/secrets. */
  readonly masterKeys: Secret | null
  /** `OWLIE_ADMIN_EMAIL`: the first admin. Default admin@owlie.local. */
  readonly adminEmail: string
  /** `OWLIE_ADMIN_PASSWORD`: 12–128 characters. Default: one is made and printed once. */
  readonly adminPassword: Secret | null
  /** `OWLIE_ROLES`: `api`, `worker` or both. Default both. */
  readonly roles: ReadonlySet<'api' | 'worker'>
  /** `LOG_LEVEL`: fatal, error, warn, info, debug, trace or silent. Default info. */
  readonly logLevel: string
}

const HOST_PORT = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?$/i

const list = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim().toLowerCase())
    .filter((part) => part !== '')

const schema = z.object({
  PORT: z.coerce
    .number('PORT must be a number.')
    .int('PORT must be a whole number.')
    .min(0, 'PORT must be 0 to 65535.')
    .max(65_535, 'PORT must be 0 to 65535.')
    .optional(),
  HOST: z.string().min(1).default('127.0.0.1'),
  OWLIE_BASE_URL: z
    .string()
    .refine(isOrigin, 'OWLIE_BASE_URL must be an origin like https://owlie.example.com, without a path.')
    .optional(),
  DATABASE_URL: z
    .string()
    .refine(
      (text) => /^postgres(ql)?:\/\//.test(text) && URL.canParse(text),
      'DATABASE_URL must look like postgres://user:password@host:5432/database.',
    )
    .optional(),
  OWLIE_DATA_DIR: z.string().min(1).default('.owlie'),
  OWLIE_AUTH0_HOSTS: z
    .string()
    .default('')
    .transform(list)
    .refine((hosts) => hosts.length <= 50, 'OWLIE_AUTH0_HOSTS may name at most 50 hosts.')
    .refine(
      (hosts) => hosts.every((host) => HOST_PORT.test(host)),
      'OWLIE_AUTH0_HOSTS must be host or host:port, comma-separated, without https://.',
    ),
  OWLIE_MASTER_KEYS: z.string().min(1).optional(),
  OWLIE_ADMIN_EMAIL: z.email('OWLIE_ADMIN_EMAIL must be an e-mail address.').default('admin@owlie.local'),
  OWLIE_ADMIN_PASSWORD: z
    .string()
    .min(12, 'OWLIE_ADMIN_PASSWORD must have at least 12 characters.')
    .max(128, 'OWLIE_ADMIN_PASSWORD may have at most 128 characters.')
    .optional(),
  OWLIE_ROLES: z
    .string()
    .default('api,worker')
    .transform(list)
    .refine(
      (roles) => roles.length > 0 && roles.every((role) => role === 'api' || role === 'worker'),
      'OWLIE_ROLES must be api, worker, or api,worker.',
    ),
  LOG_LEVEL: z
    .enum(
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      'LOG_LEVEL must be fatal, error, warn, info, debug, trace or silent.',
    )
    .default('info'),
})

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  return /^https?:$/.test(url.protocol) && url.origin === text.replace(/\/$/, '')
}

/** Reads the environment. An empty variable counts as unset, as it does in most shells and container tools. */
export function readConfig(
  environment: NodeJS.ProcessEnv,
): Config | { readonly failures: readonly Failure[] } {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  )
  const read = schema.safeParse(given)
  if (!read.success)
    return { failures: read.error.issues.map((issue) => failureOf(String(issue.path[0]), issue.message)) }
  const values = read.data
  const secret = (value: string | undefined) => (value === undefined ? null : new Secret(value))
  return {
    port: values.PORT ?? 3000,
    portIsGiven: values.PORT !== undefined,
    host: values.HOST,
    baseUrl: values.OWLIE_BASE_URL?.replace(/\/$/, '') ?? null,
    databaseUrl: secret(values.DATABASE_URL),
    dataDirectory: resolve(values.OWLIE_DATA_DIR),
    auth0Hosts: values.OWLIE_AUTH0_HOSTS,
    masterKeys: secret(values.OWLIE_MASTER_KEYS),
    adminEmail: values.OWLIE_ADMIN_EMAIL,
    adminPassword: secret(values.OWLIE_ADMIN_PASSWORD),
    roles: new Set(values.OWLIE_ROLES as ('api' | 'worker')[]),
    logLevel: values.LOG_LEVEL,
  }
}

/** The message names the variable and the form it must have, never the value: some of them are secrets. */
function failureOf(variable: string, message: string): Failure {
  return {
    kind: 'config',
    code: 'owlie.bad_setting',
    message: message.startsWith(variable) ? message : `${variable} is not usable: ${message}.`,
    remedy: `Set ${variable} as described in the README under “Run it for real”, or unset it for its default.`,
    field: variable,
  }
}
