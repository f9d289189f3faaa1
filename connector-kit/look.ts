import type { Finding, Look } from './change.ts'
import type { Connector, Session } from './connector.ts'
import type { Failure } from './failure.ts'
import type { Json, Observation } from './observation.ts'

/** Questions on their way at the same time; the door's pace bounds them all. */
const atOnce = 4

/**
 * Looks at several places, each where the target is immediately consistent, and answers in their order. All grants of
 * one account cost one question, as does a place named twice. A failure is that place's alone.
 */
export async function lookAll(
  connector: Connector,
  session: Session,
  looks: readonly Look[],
): Promise<readonly Finding[]> {
  const questions = [...new Map(looks.map((look) => [keyOf(look), look]))]
  const answers = new Map<string, Finding>()
  const waiting = questions.values()
  const work = async () => {
    for (const [key, look] of waiting) answers.set(key, await ask(connector, session, look))
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, questions.length) }, work))
  return looks.map((look) => pick(look, answers.get(keyOf(look))!))
}

/** The looks that `lookAll` asks the target for: one for each question. Pure. */
export function questionsOf(looks: readonly Look[]): readonly Look[] {
  return [...new Map(looks.map((look) => [keyOf(look), look])).values()]
}

function keyOf(look: Look): string {
  return JSON.stringify([look.kind, placeOf(look)])
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
