import { type Check, type Failure, FailureError, type Session, type TestListener } from '@owlie/connector-kit'
import { type Board, openBoard, passed, skipped, type Verdict } from './check-board.ts'
import { failureOf } from './classify.ts'
import { clockVerdict, rateVerdict } from './rate-plan.ts'
import { sampleKinds } from './samples.ts'
import { scopeRows } from './scope-rows.ts'
import { splitScopes } from './scopes.ts'
import { audienceOf, type Token, tokenOf } from './token.ts'

/** A person is waiting: whatever is not known by then is said to be unknown. */
const hardStopMs = 15_000

/**
 * Tests a connection step by step, from the spelling of the domain to one object of every kind. Reads only. Never
 * rejects; a step that cannot be taken is `skipped` with the reason. Ends within 15 s, or at once on the signal.
 */
export async function testConnection(session: Session, listen?: TestListener): Promise<readonly Check[]> {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), hardStopMs)
  const bounded: Session = { ...session, signal: AbortSignal.any([session.signal, late.signal]) }
  const stopped = () => (session.signal.aborted ? 'stopped' : late.signal.aborted ? 'late' : null)
  const board = openBoard(session.clock, listen, (error) => failureOfRow(error, session, stopped()))
  try {
    await steps(bounded, guarded(board, session, stopped))
    return board.rows()
  } finally {
    clearTimeout(timer)
  }
}

async function steps(session: Session, board: Board): Promise<void> {
  const token = (await reach(session, board)) ? await authenticate(session, board) : null
  const entered = session.config.scopes ?? ''
  if (token === null) {
    for (const [name, label] of afterToken)
      board.put(name, label, skipped('Not tried: a step before it failed.'))
  } else {
    for (const { scope, verdict } of scopeRows(entered, token.scopes))
      board.put(`scope:${scope}`, `Scope ${scope}`, verdict)
    const headers = await sampleKinds(session, board, splitScopes(entered), token.scopes)
    board.put('clock', 'Clock', clockVerdict(token.skewMs))
    board.put('rate', 'Rate limit', rateVerdict(headers))
  }
  board.put('writes', 'Writes', skipped('Not tried: a test changes nothing in the tenant.'))
}

const afterToken = [
  ['audience', 'Audience'],
  ['scopes', 'Scopes'],
  ['samples', 'Samples'],
  ['clock', 'Clock'],
  ['rate', 'Rate limit'],
] as const

/** Can the host be reached? Each step only after the one before it. */
async function reach(session: Session, board: Board): Promise<boolean> {
  const domain = session.config.domain ?? ''
  const rows: readonly [string, string, () => Promise<Verdict>][] = [
    [
      'domain',
      'Domain',
      async () => {
        const verdict = session.http.check(domain)
        if ('failure' in verdict) throw new FailureError(verdict.failure)
        return passed(
          verdict.listed ? `${domain} is listed by the operator.` : `${domain} is an Auth0 domain.`,
        )
      },
    ],
    [
      'dns',
      'Name resolution',
      async () => {
        const addresses = await session.http.resolve(domain, session.signal)
        return passed(
          `The name resolves to ${addresses.length === 1 ? 'one address' : `${addresses.length} addresses`}.`,
        )
      },
    ],
    [
      'tls',
      'TLS',
      async () => {
        const { protocol, issuer, validTo } = await session.http.handshake(domain, session.signal)
        return passed(
          `${protocol}, certificate by ${issuer || 'its own authority'}, valid until ${dayOf(validTo)}.`,
        )
      },
    ],
  ]
  let reached = true
  for (const [name, label, action] of rows) {
    if (!reached) {
      board.put(name, label, skipped('Not tried: a step before it failed.'))
      continue
    }
    const done = await board.run(name, label, async () => ({ verdict: await action(), value: true }))
    reached = done === true
  }
  if (!reached) board.put('token', 'Access token', skipped('Not tried: a step before it failed.'))
  return reached
}

async function authenticate(session: Session, board: Board): Promise<Token | null> {
  const token = await board.run('token', 'Access token', async () => {
    const value = await tokenOf(session)
    const minutes = Math.round(value.lifetimeMs / 60_000)
    return {
      verdict: passed(`Auth0 gave a token for ${minutes} minutes with ${value.scopes.length} scopes.`),
      value,
    }
  })
  if (token === null) return null
  board.put('audience', 'Audience', audienceVerdict(token, session.config.domain ?? ''))
  return token
}

/** The Management API takes only tokens whose audience is the canonical tenant domain. */
function audienceVerdict(token: Token, domain: string): Verdict {
  const audience = audienceOf(domain)
  if (token.audiences.length === 0 && token.issuer === null)
    return passed('The token is opaque; the samples below show whether the Management API takes it.')
  if (!token.audiences.includes(audience)) {
    const failure: Failure = {
      kind: 'config',
      code: 'auth0.wrong_audience',
      message: `The token is for ${token.audiences.join(', ') || 'no audience'}, not for ${audience}.`,
      remedy: 'Enter the canonical tenant domain (Settings > General shows it), not a custom domain.',
      field: 'domain',
    }
    return { status: 'failed', sentence: failure.message, failure }
  }
  if (token.issuer !== `https://${domain}/`) {
    const failure: Failure = {
      kind: 'config',
      code: 'auth0.other_issuer',
      message: `The token is issued by ${token.issuer ?? 'nobody'}, not by https://${domain}/.`,
      remedy: 'Enter the canonical tenant domain, not a custom domain.',
      field: 'domain',
    }
    return { status: 'warning', sentence: failure.message, failure }
  }
  return passed(`The token is for the Management API of ${domain}.`)
}

/** After a stop nothing more is begun; the rows say so instead. */
function guarded(board: Board, session: Session, stopped: () => 'stopped' | 'late' | null): Board {
  return {
    ...board,
    async run(name, label, action) {
      const why = stopped()
      if (why === null) return board.run(name, label, action)
      board.put(name, label, skipped('Not tried: the test had ended.', failureOfRow(null, session, why)))
      return null
    },
  }
}

function failureOfRow(error: unknown, session: Session, stopped: 'stopped' | 'late' | null): Failure {
  const domain = session.config.domain ?? ''
  if (stopped === 'late')
    return {
      kind: 'unavailable',
      code: 'net.timeout',
      message: `${domain} did not answer within ${hardStopMs / 1000} seconds.`,
      remedy: 'Check the network between Owlie and Auth0 and the Auth0 status page, then test again.',
    }
  const context = {
    operation: 'listUsers',
    capability: 'test the connection',
    domain,
    granted: null,
  } as const
  return failureOf(error, { ...context, now: session.clock.now(), aborted: stopped === 'stopped' })
}

/** `Nov 25 13:11:05 2027 GMT`, as TLS has it, as `2027-11-25`. */
function dayOf(validTo: string): string {
  const at = new Date(validTo)
  return Number.isNaN(at.getTime()) ? validTo : at.toISOString().slice(0, 10)
}
