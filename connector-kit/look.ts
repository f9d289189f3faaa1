import type { Finding, Look } from './change.ts'
import type { Connector, Session } from './connector.ts'
import type { Failure } from './failure.ts'
import type { Json, Observation } from './observation.ts'

/**
 * Looks at several places, each where the target is immediately consistent, and answers in their order. All grants of
 * one account cost one question, as does a place named twice. A failure is that place's alone.
 */
export async function lookAll(
  connector: Connector,
  session: Session,
  looks: readonly Look[],
): Promise<readonly Finding[]> {
  const asked = new Map<string, Promise<Finding>>()
  const findings: Finding[] = []
  for (const look of looks) {
    const key = JSON.stringify([look.kind, placeOf(look)])
    const pending = asked.get(key) ?? ask(connector, session, look)
    asked.set(key, pending)
    findings.push(pick(look, await pending))
  }
  return findings
}

/** What is asked for: an account's grants are asked for together. */
function placeOf({ reference }: Look): Json {
  if (!('account' in reference)) return { ...reference }
  return { account: reference.account, within: reference.within ?? null }
}

function pick({ reference }: Look, finding: Finding): Finding {
  if ('failure' in finding || !('account' in reference)) return finding
  return {
    found: finding.found.filter((one) => one.type === 'grant' && one.entitlement === reference.entitlement),
  }
}

async function ask(connector: Connector, session: Session, { kind, reference }: Look): Promise<Finding> {
  if ('container' in reference) return readWhole(connector, session, kind, reference.container)
  if ('account' in reference) {
    const held = connector.held?.[kind]
    if (!held) return { failure: cannotLook(kind) }
    const { account, within } = reference
    const answer = await held(session, { account, ...(within === undefined ? {} : { within }) })
    return 'failure' in answer ? answer : { found: answer.grants }
  }
  const answer =
    'id' in reference
      ? await connector.find?.[kind]?.(session, reference.id)
      : await connector.match?.[kind]?.(session, reference)
  if (!answer) return { failure: cannotLook(kind) }
  if ('failure' in answer) return answer
  return { found: answer.found === null ? [] : [answer.found] }
}

const mostPages = 1000

async function readWhole(
  connector: Connector,
  session: Session,
  kind: string,
  container: string,
): Promise<Finding> {
  const read = connector.read[kind]
  if (!read) return { failure: cannotLook(kind) }
  const found: Observation[] = []
  let cursor: Json = null
  for (let pages = 0; pages < mostPages; pages++) {
    const answer = await read(session, { cursor, container })
    if ('failure' in answer) return answer
    found.push(...answer.page.observations)
    const { end } = answer.page
    if (end.is === 'complete') return { found }
    if (end.is === 'truncated') return { failure: end.why }
    cursor = end.cursor
  }
  return { failure: cannotLook(kind) }
}

function cannotLook(kind: string): Failure {
  return {
    kind: 'unsupported',
    code: 'look.unsupported',
    message: `The connector cannot look up ${kind.replaceAll('_', ' ')} like this.`,
    remedy: 'Run a sync to see what is there.',
  }
}
