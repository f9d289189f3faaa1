import { type Answer, type Credential, until, type World } from './world.ts'

/** The words of GraphQL the stories share. */
const failure = 'failures { kind code message why remedy field suggestion scopes capability }'
const run = `id status generation startedAt finishedAt failure { code } resumptions { at fromPage kind }
  kinds { name end reason failure { code scopes } read created changed unchanged stale quarantined }
  requests { total throttled byRoute { route count } }`
const test = `id status summary grantedScopes
  checks { name status sentence failure { kind code message remedy field scopes capability } }`

export interface Entered {
  readonly name?: string
  readonly domain?: string
  readonly clientId: string
  readonly clientSecret: string
  readonly scopes: string
}

type Record_ = Record<string, any> // eslint-disable-line @typescript-eslint/no-explicit-any

const entries = (values: Record<string, string>) =>
  Object.entries(values).map(([name, value]) => ({ name, value }))

/** What a person does on the setup page and after it, as API calls of one caller. */
export function connector(world: World, caller: Credential) {
  const send = async (query: string, variables: Record<string, unknown>): Promise<Record_> => {
    const answer = await world.ask(caller, query, variables)
    if (answer.status !== 200 || answer.errors || !answer.data) throw new Error(describe(answer))
    return Object.values(answer.data)[0] as Record_
  }
  const draft = (entered: Entered) => ({
    config: entries({
      domain: entered.domain ?? world.sandbox.domain,
      clientId: entered.clientId,
      scopes: entered.scopes,
    }),
    secrets: entries({ clientSecret: entered.clientSecret }),
  })
  const finished = (id: string) =>
    until(
      'the test ends',
      () => send(`query ($id: ID!) { connectionTest(id: $id) { ${test} } }`, { id }),
      ({ status }) => status !== 'running',
      20_000,
    )
  const start = (input: Record_) =>
    send(
      `mutation ($input: TestConnectionInput!) { testConnection(input: $input) {
        ... on ConnectionTest { ${test} } ... on Refusal { ${failure} } } }`,
      { input },
    )
  return {
    send,
    startTest: start,
    async testDraft(entered: Entered): Promise<Record_> {
      const started = await start({ connector: 'auth0', ...draft(entered) })
      return started['id'] ? finished(started['id']) : started
    },
    async testSaved(connectionId: string): Promise<Record_> {
      return finished((await start({ connectionId }))['id'])
    },
    create: (entered: Entered, testId?: string) =>
      send(
        `mutation ($input: CreateConnectionInput!) { createConnection(input: $input) {
          ... on Connection { id name state stateReason version config { name value }
            secrets { field configured lastFour setBy } actions { name disabledReason } }
          ... on Refusal { ${failure} } } }`,
        { input: { connector: 'auth0', name: entered.name ?? 'Auth0', ...draft(entered), testId } },
      ),
    startSync: (id: string) =>
      send(
        `mutation ($id: ID!) { startSync(connectionId: $id) { ... on SyncRun { ${run} } ... on Refusal { ${failure} } } }`,
        { id },
      ),
    run: (id: string) => send(`query ($id: ID!) { syncRun(id: $id) { ${run} } }`, { id }),
    ended(id: string, limitMs = 90_000): Promise<Record_> {
      const read = () => send(`query ($id: ID!) { syncRun(id: $id) { ${run} } }`, { id })
      return until('the run ends', read, ({ finishedAt }) => finishedAt !== null, limitMs)
    },
    /** Everything, in pages of a size that does not divide it. */
    async export(connectionId: string): Promise<Record_[]> {
      const records: Record_[] = []
      for (let after: string | null = null; ;) {
        const page = await send(
          `query ($id: ID!, $after: String) { inventoryRecords(connectionId: $id, first: 333, after: $after) { next records } }`,
          { id: connectionId, after },
        )
        records.push(...(page['records'] as Record_[]))
        after = page['next'] as string | null
        if (after === null) return records
      }
    },
  }
}

/** Saved, tested and synced; the connection's id. */
export async function connected(world: World, caller: Credential, entered: Entered): Promise<string> {
  const { create, testSaved, startSync, ended } = connector(world, caller)
  const { id } = await create(entered)
  await testSaved(id as string)
  await ended((await startSync(id as string))['id'] as string)
  return id as string
}

function describe({ status, errors }: Answer): string {
  return `answered ${status}: ${JSON.stringify(errors)}`
}
