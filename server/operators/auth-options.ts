import { apiKey } from '@better-auth/api-key'
import type { BetterAuthOptions } from 'better-auth'
import { createAuthMiddleware } from 'better-auth/api'
import { twoFactor } from 'better-auth/plugins'
import type { Kysely } from 'kysely'

/** Seconds without a request after which a session is over. The database enforces it too (migration 0003). */
const idleSeconds = 12 * 60 * 60

/** The only header the client's address is read from; `handler` overwrites whatever a client sent. */
export const addressHeader = 'x-owlie-address'

export const keyPrefix = 'owl_'

/** Characters. NIST SP 800-63B-4 asks for 15 without a second factor and 8 with one; 12 is between, with a blocklist's work done by length. */
export const passwordLength = { min: 12, max: 256 } as const

export type AuthLog = (level: 'debug' | 'info' | 'warn' | 'error', message: string) => void

export interface AuthSettings {
  /** A Kysely on the owner's connection, or a transaction of one. Only schema `auth` is touched. */
  readonly db: Kysely<unknown>
  /** Where browsers reach this server, e.g. `https://owlie.example.com`. Decides cookie prefix and trusted origin. */
  readonly baseUrl: string
  /** At least 32 random characters; signs session cookies. Changing it signs everybody out. */
  readonly secret: string
  readonly log: AuthLog
}

/** One description of the sign-in for the server, for work inside a transaction, and for the schema check. */
export function authOptions(settings: AuthSettings) {
  const secure = settings.baseUrl.startsWith('https://')
  return {
    appName: 'Owlie',
    baseURL: settings.baseUrl,
    basePath: '/api/auth',
    secret: settings.secret,
    trustedOrigins: [new URL(settings.baseUrl).origin],
    database: { db: settings.db, type: 'postgres', schemaName: 'auth', transaction: false },
    telemetry: { enabled: false },
    // Its messages name no secret; the objects it passes along could, and are dropped.
    logger: { level: 'warn', log: (level, message) => settings.log(level, message) },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: passwordLength.min,
      maxPasswordLength: passwordLength.max,
    },
    user: { additionalFields: { tenantId: { type: 'string', required: true, input: false } } },
    session: {
      expiresIn: idleSeconds,
      // The idle clock is moved at most every 5 minutes, so reading costs no write.
      updateAge: 5 * 60,
      freshAge: 10 * 60,
      cookieCache: { enabled: false },
    },
    rateLimit: {
      enabled: true,
      storage: 'database',
      window: 10,
      max: 100,
      customRules: { '/sign-in/email': { window: 60, max: 30 }, '/get-session': { window: 10, max: 300 } },
    },
    advanced: {
      // We name the cookie ourselves: `__Host-` binds it to this host and path, `__Secure-` would not.
      useSecureCookies: false,
      cookiePrefix: secure ? '__Host-owlie' : 'owlie',
      defaultCookieAttributes: { secure, httpOnly: true, sameSite: 'lax', path: '/' },
      ipAddress: { ipAddressHeaders: [addressHeader] },
      // It checks at run time on a connection of its own, which a transaction cannot give; a test compares instead.
      database: { validateSchema: false },
    },
    hooks: {
      before: createAuthMiddleware(async (ctx) => {
        // A new password ends every other session, whatever the client asked for.
        if (ctx.path !== '/change-password') return
        return { context: { body: { ...ctx.body, revokeOtherSessions: true } } }
      }),
    },
    plugins: [
      twoFactor({ issuer: 'Owlie', accountLockout: { maxFailedAttempts: 10, durationSeconds: 900 } }),
      apiKey({
        defaultPrefix: keyPrefix,
        requireName: true,
        maximumNameLength: 100,
        enableMetadata: true,
        rateLimit: { enabled: false },
        keyExpiration: { minExpiresIn: 0, maxExpiresIn: 3650 },
        startingCharactersConfig: { shouldStore: true, charactersLength: keyPrefix.length + 4 },
      }),
    ],
  } satisfies BetterAuthOptions
}
