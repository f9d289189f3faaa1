import type { CompletenessStatement, StatedKind } from './statement.ts'

/** A statement as Markdown, for people and for evidence folders. Everything in it is in the JSON too. Pure. */
export function writeStatement(statement: CompletenessStatement, hash: string): string {
  const { connection, run, scopes, kinds, requests, quarantined, leftOut, hints } = statement
  const lines = [
    `# Completeness of ${run.mode === 'full' ? 'the sync' : 'the incremental sync'} of ${text(connection.name ?? connection.id)}`,
    '',
    `**${word(run.status)}.** ${statement.summary}`,
    '',
    ...facts([
      [
        'Connection',
        `${text(connection.name ?? '')} (${connection.id}, version ${connection.version ?? '?'})`,
      ],
      ['Connector', connection.connector ?? 'unknown'],
      ...Object.entries(connection.config)
        .filter(([name]) => name !== 'scopes')
        .map(([name, value]): [string, string] => [name, value]),
      ['Run', `${run.id}, generation ${run.generation}, ${run.mode}`],
      ['Started by', `${run.startedBy ?? 'nobody'} (${run.trigger})`],
      ['From', run.from],
      ['Until', run.until ?? 'not ended'],
      ['Requests', `${requests.total} (${requests.throttled} slowed down, ${requests.waitedMs} ms waited)`],
      ['Scopes entered', list(scopes.entered)],
      ['Scopes granted', scopes.granted ? list(scopes.granted) : 'unknown'],
      ...(hints
        ? ([
            ['Hints followed', `${hints.followed}, ${hints.alreadyKnown} of them known already`],
            ['Read by full runs only', hints.notFollowed.join(', ') || 'nothing'],
          ] as const)
        : []),
    ]),
    ...(run.failure ? ['', `The run failed: ${text(run.failure.message)} (${run.failure.code})`] : []),
    ...run.resumptions.map(
      ({ at, kind, fromPage }) =>
        `\nTaken up again after a restart at ${at}, from page ${fromPage}${kind ? ` of ${kind}` : ''}.`,
    ),
    '',
    '| Kind | End | Read | New | Changed | Unchanged | Stale | Quarantined | Pages | Requests |',
    '|---|---|--:|--:|--:|--:|--:|--:|--:|--:|',
    ...kinds.map((kind) => `| ${row(kind).map(text).join(' | ')} |`),
    ...kinds.flatMap(section),
    ...leftOutLines(leftOut),
    ...quarantineLines(quarantined),
    '',
    `sha256 of the JSON statement: \`${hash}\``,
  ]
  return `${lines.join('\n')}\n`
}

function row(kind: StatedKind): readonly string[] {
  const { read, created, changed, unchanged, stale, quarantined, pages, requests } = kind
  const counts = [read, created, changed, unchanged, stale, quarantined, pages, requests]
  return [kind.label, kind.end ?? 'nothing to read', ...counts.map(String)]
}

function section(kind: StatedKind): readonly string[] {
  if (kind.end === null) return []
  const { lists, targetCount } = kind
  const times = kind.from && kind.until ? ` Read from ${kind.from} until ${kind.until}.` : ''
  const proofs = kind.proofs.map(({ words, lists: count }) =>
    lists ? `- Proof, ${count} of ${lists.total} lists: ${text(words)}` : `- Proof: ${text(words)}`,
  )
  const { failure } = kind
  return [
    '',
    `## ${text(kind.label)}: ${kind.end}`,
    '',
    ...(kind.reason ? [`- Missing: ${text(kind.reason)}`] : []),
    ...(failure?.why ? [`- Exactly: ${text(failure.why)}`] : []),
    ...(failure ? [`- What to do: ${text(failure.remedy)} (${failure.code})`] : []),
    ...(kind.end === 'skipped' ? [] : proofs),
    ...(lists
      ? [
          `- Lists: ${lists.read} of ${lists.total} read, ${lists.incomplete} incomplete, ${lists.vanished} gone.`,
        ]
      : []),
    ...(targetCount
      ? [
          `- The target counts ${targetCount.exact ? '' : 'about '}${targetCount.count}; ${kind.read} were read.`,
        ]
      : []),
    ...(times ? [`-${times}`] : []),
  ]
}

function leftOutLines(leftOut: CompletenessStatement['leftOut']): readonly string[] {
  if (leftOut.length === 0) return []
  const rows = leftOut.map(({ label, missingScopes }) => `- ${text(label)}: needs ${list(missingScopes)}`)
  return ['', '## Not read by this connection', '', ...rows]
}

function quarantineLines({ total, records }: CompletenessStatement['quarantined']): readonly string[] {
  if (total === 0) return []
  const rows = records.map(
    ({ kind, id, reason }) => `| ${text(kind)} | ${text(id ?? 'no id')} | ${text(reason)} |`,
  )
  const more = total > records.length ? ['', `And ${total - records.length} more.`] : []
  return [
    ...['', '## Quarantined records', ''],
    ...[
      'Records that could not be understood or stored. Known objects among them were not taken for missing.',
      '',
    ],
    ...['| Kind | Id | Why |', '|---|---|---|', ...rows, ...more],
  ]
}

function facts(rows: readonly (readonly [string, string])[]): readonly string[] {
  return rows.map(([name, value]) => `- ${text(name)}: ${text(value)}`)
}

function list(words: readonly string[]): string {
  return words.length === 0 ? 'none' : words.join(' ')
}

function word(status: string): string {
  return status.charAt(0).toUpperCase() + status.slice(1)
}

/** On one line, and nothing in a name or an id becomes markup. */
function text(value: string): string {
  return value.replace(/[\r\n]+/g, ' ').replace(/[\\`*_{}[\]<>|#]/g, (sign) => `\\${sign}`)
}
