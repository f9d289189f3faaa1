/** What the addresses of lists may carry after the `?`. Anything else is dropped, never an error. */
export interface ListSearch {
  readonly q?: string
  readonly connection?: string
  readonly stale?: boolean
  /** The cursor of the page shown, and its number for the words below the table. */
  readonly after?: string
  readonly page?: number
}

export interface AccountSearch extends ListSearch {
  readonly status?: 'active' | 'blocked'
}

export interface StaleSearch extends Omit<ListSearch, 'stale' | 'q'> {
  readonly kind?: string
}

export interface IdentitySearch extends ListSearch {
  readonly kind?: 'person' | 'machine'
  readonly status?: 'active' | 'disabled'
  readonly accounts?: 'several' | 'none'
}

export interface OrphanSearch extends ListSearch {
  readonly nature?: 'service'
}

type Given = Record<string, unknown>

const text = (value: unknown): string | undefined => {
  const string = typeof value === 'number' ? String(value) : value
  return typeof string === 'string' && string !== '' && string.length <= 2_000 ? string : undefined
}

/** Leaves out what is not set, so that addresses stay short. */
export function compact<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T
}

export function listSearch(given: Given): ListSearch {
  const page = Number(given['page'])
  return compact({
    q: text(given['q']),
    connection: text(given['connection']),
    stale: typeof given['stale'] === 'boolean' ? given['stale'] : undefined,
    after: text(given['after']),
    page: Number.isInteger(page) && page > 1 ? page : undefined,
  }) as ListSearch
}

export function accountSearch(given: Given): AccountSearch {
  const status = given['status']
  return compact({
    ...listSearch(given),
    status: status === 'active' || status === 'blocked' ? status : undefined,
  }) as AccountSearch
}

export function staleSearch(given: Given): StaleSearch {
  const { connection, after, page } = listSearch(given)
  return compact({ connection, after, page, kind: text(given['kind']) }) as StaleSearch
}

const driftStates = [
  'review',
  'any',
  'open',
  'flagged',
  'ignored',
  'operation_wanted',
  'operation_queued',
  'closed',
] as const
const driftTypes = ['missing', 'excess', 'different'] as const

export interface DriftSearch extends Omit<ListSearch, 'stale'> {
  readonly kind?: string
  readonly type?: (typeof driftTypes)[number]
  /** Without it: what needs review. */
  readonly state?: (typeof driftStates)[number]
}

export function driftSearch(given: Given): DriftSearch {
  const { stale: _, ...list } = listSearch(given)
  return compact({
    ...list,
    kind: text(given['kind']),
    type: driftTypes.find((type) => type === given['type']),
    state: driftStates.find((state) => state === given['state']),
  }) as DriftSearch
}

/** Of pages about one connection; without it the first one. */
export interface ConnectionSearch {
  readonly connection?: string
}

export function connectionSearch(given: Given): ConnectionSearch {
  return compact({ connection: text(given['connection']) }) as ConnectionSearch
}

const oneOf = <const Value extends string>(value: unknown, ...values: readonly Value[]) =>
  values.find((each) => each === value)

export function identitySearch(given: Given): IdentitySearch {
  return compact({
    ...listSearch(given),
    kind: oneOf(given['kind'], 'person', 'machine'),
    status: oneOf(given['status'], 'active', 'disabled'),
    accounts: oneOf(given['accounts'], 'several', 'none'),
  }) as IdentitySearch
}

export function orphanSearch(given: Given): OrphanSearch {
  return compact({ ...listSearch(given), nature: oneOf(given['nature'], 'service') }) as OrphanSearch
}

export interface SetupSearch {
  /** A saved connection's id; without it the first one, or a new one when there is none. */
  readonly connection?: string
  readonly new?: true
}

export function setupSearch(given: Given): SetupSearch {
  return compact({
    connection: text(given['connection']),
    new: given['new'] === true ? (true as const) : undefined,
  }) as SetupSearch
}

export interface RunsSearch {
  readonly connection?: string
  readonly after?: string
  readonly page?: number
}

export function runsSearch(given: Given): RunsSearch {
  const { connection, after, page } = listSearch(given)
  return compact({ connection, after, page }) as RunsSearch
}

export interface RunSearch {
  /** Another run of the same connection, to compare with. */
  readonly against?: string
}

export function runSearch(given: Given): RunSearch {
  return compact({ against: text(given['against']) }) as RunSearch
}

export interface OperationsSearch {
  readonly connection?: string
  readonly state?: OperationState
  readonly after?: string
  readonly page?: number
}

const operationStates = [
  'planning',
  'planned',
  'approved',
  'applying',
  'tried',
  'applied',
  'failed',
  'refused',
  'cancelled',
] as const
type OperationState = (typeof operationStates)[number]

export function operationsSearch(given: Given): OperationsSearch {
  const { connection, after, page } = listSearch(given)
  const state = operationStates.find((one) => one === given['state'])
  return compact({ connection, state, after, page }) as OperationsSearch
}

/** What a new operation begins with; ids are the target's own. */
export interface NewOperationSearch {
  readonly connection?: string
  readonly action?: string
  readonly user?: string
  readonly role?: string
  readonly organization?: string
}

export function newOperationSearch(given: Given): NewOperationSearch {
  const names = ['connection', 'action', 'user', 'role', 'organization'] as const
  return compact(Object.fromEntries(names.map((name) => [name, text(given[name])]))) as NewOperationSearch
}

export interface SignInSearch {
  /** Where to go afterwards: a path of this console. */
  readonly return?: string
}

export function signInSearch(given: Given): SignInSearch {
  return compact({ return: ownPath(given['return']) }) as SignInSearch
}

/** Only a path here, so that a link to the sign-in cannot lead elsewhere. */
export function ownPath(value: unknown): string | undefined {
  if (typeof value !== 'string' || !/^\/(?![/\\])/.test(value)) return undefined
  return URL.canParse(value, 'https://owlie.invalid') &&
    new URL(value, 'https://owlie.invalid').origin === 'https://owlie.invalid'
    ? value
    : undefined
}
