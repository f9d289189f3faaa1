import { describe, expect, it } from 'vitest'
import { stateCompleteness } from './state-completeness.ts'
import type { KindRow, RunRow } from './sync-run.ts'
import { writeStatement } from './write-statement.ts'

const at = (second: number) => new Date(Date.UTC(2026, 10, 25, 3, 0, second))

const run: RunRow = {
  ...{ id: 'run-7', connectionId: 'con-1', generation: 7, status: 'incomplete', trigger: 'schedule' },
  ...{ actorName: 'Schedule', createdAt: at(0), startedAt: at(1), finishedAt: at(50), inTurn: false },
  ...{ interruptions: 0, faults: 0, parks: 0, progressAt: at(49), waitingUntil: null, waitingReason: null },
  requests: { total: 41, byRoute: { 'GET /users': 30, 'GET /roles': 11 }, throttled: 2, waitedMs: 900.4 },
  ...{
    workedMs: 100,
    failure: null,
    forecast: null,
    mode: 'full',
    pausedAt: null,
    pausedBy: null,
    pausedVersion: null,
  },
  resumptions: [{ at: at(9).toISOString(), kind: 'users', fromPage: 4 }],
  settings: {
    ...{ connection: 'Auth0 | prod', connector: 'auth0', version: 3 },
    config: { domain: 'tenant.us.auth0.com', clientId: 'abc', scopes: 'read:users read:roles' },
    entered: ['read:users', 'read:roles'],
    notFollowed: [],
    leftOut: [{ kind: 'groups', label: 'Groups', missingScopes: ['read:groups'] }],
  },
  granted: ['read:users'],
  ...{ hintCursor: null, hintFailure: null, hints: 0, hintsKnown: 0 },
}

const row = (kind: string, more: Partial<KindRow>): KindRow => ({
  ...{ kind, label: kind, state: 'ended', end: 'complete', reason: null, failure: null, cursor: null },
  ...{ container: null, withinContainer: false, containerPages: 0, restarts: 0, containersDone: 0 },
  ...{ containersTotal: null, containersVanished: 0, truncations: 0, truncatedWhy: null, pages: 1, read: 0 },
  ...{ created: 0, changed: 0, unchanged: 0, stale: 0, quarantined: 0, nameless: 0, total: null },
  ...{ totalExact: false, startedAt: at(1), endedAt: at(20), requests: 1, proofs: {} },
  ...more,
})

const gap = {
  kind: 'unsupported',
  code: 'auth0.users_incomplete',
  message: 'Not all users could be read.',
  why: '12 of the users created exactly at 2024-01-01T00:00:00.000Z could not be reached',
  remedy: 'Run the sync again.',
} as const

const kinds: readonly KindRow[] = [
  row('Users', { end: 'truncated', reason: gap.message, failure: gap, read: 3000, pages: 30, requests: 30 }),
  row('Roles', {
    ...{ read: 12, unchanged: 12, total: 12, totalExact: true, requests: 2 },
    proofs: { 'All pages in one round.': 1 },
  }),
  row('Members', {
    ...{ read: 9, quarantined: 1, containersTotal: 5, containersDone: 5, containersVanished: 1 },
    proofs: { 'It was gone.': 1, 'Overlapping pages.': 4 },
  }),
  row('Holders', {
    ...{ end: 'skipped', reason: 'Users did not end complete.', startedAt: null, pages: 0, requests: 0 },
    failure: { kind: 'conflict', code: 'sync.prerequisite', message: 'Skipped.', remedy: 'Sync again.' },
  }),
]
const quarantined = [{ kind: 'Members', id: '<b>|x', reason: 'not *an* object' }]

describe('the completeness statement', () => {
  const statement = stateCompleteness(run, kinds, quarantined)

  it('says of every kind how it ended, how that is known, and exactly what is missing', () => {
    expect(statement.kinds.map(({ kind, end, proofs }) => [kind, end, proofs])).toEqual([
      ['Users', 'truncated', []],
      ['Roles', 'complete', [{ words: 'All pages in one round.', lists: 1 }]],
      [
        'Members',
        'complete',
        [
          { words: 'Overlapping pages.', lists: 4 },
          { words: 'It was gone.', lists: 1 },
        ],
      ],
      ['Holders', 'skipped', []],
    ])
    const { kind: _, ...words } = gap
    expect(statement.kinds[0]!.failure).toEqual(words)
    expect(statement.kinds[2]!.lists).toEqual({ total: 5, read: 5, vanished: 1, incomplete: 0 })
    expect(statement.run).toMatchObject({ from: at(1).toISOString(), until: at(50).toISOString() })
    expect(statement.scopes).toEqual({ entered: ['read:users', 'read:roles'], granted: ['read:users'] })
    expect(statement.requests.waitedMs).toBe(900)
    expect(statement.quarantined).toEqual({ total: 1, records: quarantined })
  })

  it('reads as a document, in which no name or id becomes markup', () => {
    expect(writeStatement(statement, 'f'.repeat(64))).toMatchInlineSnapshot(`
      "# Completeness of the sync of Auth0 \\| prod

      **Incomplete.** 2 of 4 kinds were read to their end. What is missing is said at the others; of those nothing was marked stale.

      - Connection: Auth0 \\\\\\| prod (con-1, version 3)
      - Connector: auth0
      - domain: tenant.us.auth0.com
      - clientId: abc
      - Run: run-7, generation 7, full
      - Started by: Schedule (schedule)
      - From: 2026-11-25T03:00:01.000Z
      - Until: 2026-11-25T03:00:50.000Z
      - Requests: 41 (2 slowed down, 900 ms waited)
      - Scopes entered: read:users read:roles
      - Scopes granted: read:users

      Taken up again after a restart at 2026-11-25T03:00:09.000Z, from page 4 of users.

      | Kind | End | Read | New | Changed | Unchanged | Stale | Quarantined | Pages | Requests |
      |---|---|--:|--:|--:|--:|--:|--:|--:|--:|
      | Users | truncated | 3000 | 0 | 0 | 0 | 0 | 0 | 30 | 30 |
      | Roles | complete | 12 | 0 | 0 | 12 | 0 | 0 | 1 | 2 |
      | Members | complete | 9 | 0 | 0 | 0 | 0 | 1 | 1 | 1 |
      | Holders | skipped | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 |

      ## Users: truncated

      - Missing: Not all users could be read.
      - Exactly: 12 of the users created exactly at 2024-01-01T00:00:00.000Z could not be reached
      - What to do: Run the sync again. (auth0.users_incomplete)
      - Read from 2026-11-25T03:00:01.000Z until 2026-11-25T03:00:20.000Z.

      ## Roles: complete

      - Proof: All pages in one round.
      - The target counts 12; 12 were read.
      - Read from 2026-11-25T03:00:01.000Z until 2026-11-25T03:00:20.000Z.

      ## Members: complete

      - Proof, 4 of 5 lists: Overlapping pages.
      - Proof, 1 of 5 lists: It was gone.
      - Lists: 5 of 5 read, 0 incomplete, 1 gone.
      - Read from 2026-11-25T03:00:01.000Z until 2026-11-25T03:00:20.000Z.

      ## Holders: skipped

      - Missing: Users did not end complete.
      - What to do: Sync again. (sync.prerequisite)

      ## Not read by this connection

      - Groups: needs read:groups

      ## Quarantined records

      Records that could not be understood or stored. Known objects among them were not taken for missing.

      | Kind | Id | Why |
      |---|---|---|
      | Members | \\<b\\>\\|x | not \\*an\\* object |

      sha256 of the JSON statement: \`ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\`
      "
    `)
  })

  it.each([
    ['complete', 'Everything this connection may read was read to its end: 2 of 4 kinds; the others were not granted.'],
    ['cancelled', 'The run was cancelled. 2 of 4 kinds had been read to their end; nothing was marked stale.'],
    ['failed', 'The run failed. 2 of 4 kinds had been read to their end; nothing was marked stale.'],
    ['incomplete', '2 of 4 kinds were read to their end. What is missing is said at the others; of those nothing was marked stale.'],
  ] as const)('%s', (status, summary) => {
    expect(stateCompleteness({ ...run, status }, kinds, []).summary).toBe(summary)
  }) // prettier-ignore
})
