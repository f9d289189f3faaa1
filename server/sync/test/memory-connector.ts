import type {
  AccountObservation,
  Connector,
  EntitlementObservation,
  GrantObservation,
  Json,
  ObjectKind,
  Page,
  PageRequest,
  ReadResult,
} from '@owlie/connector-kit'

/** A target in memory, kinds `people`, `groups`, `group_people`; each reader can be replaced by a hostile one. */
export interface Memory {
  people: AccountObservation[]
  groups: EntitlementObservation[]
  /** Account ids by group id. */
  members: Map<string, string[]>
  granted: string[]
  pageSize: number
  /** Instead of the honest reader. */
  readers: Partial<Record<'people' | 'groups' | 'group_people', Reader>>
  /** Every request, in order. */
  readonly asked: { readonly kind: string; readonly request: PageRequest }[]
  /** Sessions opened so far. */
  sessions: number
  /** Awaited before each read. */
  before: (kind: string, request: PageRequest) => Promise<void> | void
}

type Reader = (request: PageRequest) => ReadResult | Promise<ReadResult>

const kinds: readonly ObjectKind[] = [
  {
    name: 'people',
    label: 'People',
    yields: 'account',
    governed: ['status', 'displayName', 'email', 'title'],
    prerequisites: [],
    scopes: ['read:people'],
    capability: 'read people',
  },
  {
    name: 'groups',
    label: 'Groups',
    yields: 'entitlement',
    entitlementType: 'group',
    governed: ['displayName', 'description'],
    prerequisites: [],
    scopes: ['read:groups'],
    capability: 'read groups',
  },
  {
    name: 'group_people',
    label: 'Group members',
    yields: 'grant',
    entitlementType: 'group',
    prerequisites: ['people', 'groups'],
    container: 'groups',
    scopes: ['read:members'],
    capability: 'read group members',
  },
]

export const person = (id: string, attributes: Record<string, Json> = {}): AccountObservation => ({
  type: 'account',
  id,
  displayName: `Person ${id}`,
  email: `${encodeURIComponent(id.toWellFormed()).slice(0, 60)}@example.com`,
  status: 'active',
  attributes,
})

export const group = (id: string): EntitlementObservation => ({
  type: 'entitlement',
  entitlementType: 'group',
  id,
  displayName: `Group ${id}`,
  description: null,
  attributes: {},
})

export const membership = (account: string, entitlement: string): GrantObservation => ({
  type: 'grant',
  account,
  entitlement,
  grantType: 'member',
})

/** `people` persons p000…, `groups` groups g00…, everybody in every group. */
export function memory(people = 25, groups = 3): Memory {
  const pad = (prefix: string, size: number) => (_: unknown, index: number) =>
    `${prefix}${String(index).padStart(size, '0')}`
  const ids = Array.from({ length: people }, pad('p', 3))
  const groupIds = Array.from({ length: groups }, pad('g', 2))
  return {
    people: ids.map((id) => person(id)),
    groups: groupIds.map(group),
    members: new Map(groupIds.map((id) => [id, [...ids]])),
    granted: ['read:people', 'read:groups', 'read:members'],
    pageSize: 10,
    readers: {},
    asked: [],
    sessions: 0,
    before: () => {},
  }
}

export function memoryConnector(state: Memory): Connector {
  const cut = (rows: Page['observations'], cursor: Json): ReadResult => {
    const from = typeof cursor === 'number' ? cursor : 0
    const to = from + state.pageSize
    return {
      page: {
        observations: rows.slice(from, to),
        end: to < rows.length ? { is: 'more', cursor: to } : { is: 'complete' },
        total: { count: rows.length, exact: true },
      },
    }
  }
  const honest: Record<string, Reader> = {
    people: ({ cursor }) => cut(state.people, cursor),
    groups: ({ cursor }) => cut(state.groups, cursor),
    group_people: ({ cursor, container = '' }) =>
      cut(
        (state.members.get(container) ?? []).map((id) => membership(id, container)),
        cursor,
      ),
  }
  const read = (kind: 'people' | 'groups' | 'group_people') => async (_: unknown, request: PageRequest) => {
    state.asked.push({ kind, request })
    await state.before(kind, request)
    return (state.readers[kind] ?? honest[kind]!)(request)
  }
  return {
    manifest: {
      name: 'memory',
      label: 'Memory',
      summary: 'For tests.',
      fields: [{ name: 'note', label: 'Note', input: 'text', required: false, hint: '' }],
      kinds,
      capabilities: [],
      presets: [],
    },
    hosts: [],
    route: (method) => method,
    checkConfig: (config) => ({ config, failures: [] }),
    adviseScopes: () => ({
      entered: [],
      unknown: [],
      neverNeeded: [],
      dangerous: [],
      capabilities: [],
      minimal: [],
      missing: [],
    }),
    test: async () => [
      { name: 'memory', label: 'Memory', status: 'passed', sentence: 'It is there.', durationMs: 0 },
    ],
    async grantedScopes({ memo }) {
      if (!memo.has('known')) state.sessions += 1
      memo.set('known', true)
      return { scopes: state.granted }
    },
    read: { people: read('people'), groups: read('groups'), group_people: read('group_people') },
  }
}

export const memoryInput = { name: 'Memory', connector: 'memory', config: { note: 'x' }, secrets: {} }
