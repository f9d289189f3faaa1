import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { FAILURE, accepted } from '../api.ts'
import type { Failure } from '../exit.ts'
import type { Context } from '../program.ts'
import { dim, green, json, say, table } from '../talk.ts'
import { connectionNamed } from './connection.ts'

const BASELINE = `id status actor startedAt finishedAt kinds { kind label total taken kept finishedAt }`
export const PREVIEW_BASELINE = `query PreviewBaseline($id: ID!) { previewBaseline(connectionId: $id) {
  ... on BaselinePreview { kinds { kind label fresh kept completeAt } } ... on Refusal { failures { ${FAILURE} } } } }`
export const TAKE = `mutation TakeBaseline($id: ID!, $kinds: [String!]!) {
  takeBaseline(connectionId: $id, kinds: $kinds) {
    ... on Baseline { ${BASELINE} } ... on Refusal { failures { ${FAILURE} } } } }`
export const LATEST = `query LatestBaseline($id: ID!) { latestBaseline(connectionId: $id) { ${BASELINE} } }`

interface PreviewKind {
  kind: string
  label: string
  fresh: number
  kept: number
  completeAt: string | null
}

interface Baseline {
  id: string
  status: string
  kinds: { kind: string; label: string; total: number; taken: number; kept: number }[]
}

interface Options {
  take?: true
  kind?: string[]
  json?: true
}

export function baselineCommand(noun: Command, context: Context): void {
  noun
    .command('baseline')
    .description(
      'What “what is now is as it should be” would take; with --take: take it, and stay until it is done.',
    )
    .argument('<name>', 'the connection’s name')
    .option('--take', 'take it')
    .option('--kind <kind...>', 'only these kinds; default: all that were read completely')
    .option('--json', 'as JSON on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  owlie drift baseline Auth0\n  owlie drift baseline Auth0 --take --kind users roles role_members',
    )
    .action((name: string, options: Options) => baseline(context, name, options))
}

async function baseline(context: Context, name: string, options: Options): Promise<void> {
  const api = context.api()
  const { id } = await connectionNamed(api, name)
  const seen = await api.send<{ previewBaseline: { kinds: PreviewKind[] } | { failures: Failure[] } }>(
    PREVIEW_BASELINE,
    { id },
  )
  const { kinds } = accepted<{ kinds: PreviewKind[] }>(seen.previewBaseline)
  if (!options.take) {
    if (options.json) return json(kinds)
    table(
      ['KIND', 'NEW', 'KEPT', 'READ COMPLETELY'],
      kinds.map((kind) => [kind.kind, String(kind.fresh), String(kind.kept), kind.completeAt ?? 'never']),
    )
    return say(dim('Take it with --take.'))
  }
  const chosen = options.kind ?? kinds.filter(({ completeAt }) => completeAt !== null).map(({ kind }) => kind)
  const sent = await api.send<{ takeBaseline: Baseline | { failures: Failure[] } }>(TAKE, {
    id,
    kinds: chosen,
  })
  let current = accepted<Baseline>(sent.takeBaseline)
  while (current.status === 'running') {
    await sleep(300, undefined, { signal: context.signal })
    const { latestBaseline } = await api.send<{ latestBaseline: Baseline | null }>(LATEST, { id })
    if (latestBaseline?.id !== current.id) break
    current = latestBaseline
  }
  if (options.json) return json(current)
  const sum = (of: 'taken' | 'kept') => current.kinds.reduce((all, kind) => all + kind[of], 0)
  say(`${green('✓')} ${sum('taken')} taken as intent, ${sum('kept')} were wished already.`)
}
