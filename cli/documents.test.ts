import { readFileSync } from 'node:fs'
import { buildSchema, parse, validate } from 'graphql'
import { describe, expect, it } from 'vitest'
import * as account from './commands/account.ts'
import * as apiKey from './commands/api-key.ts'
import * as connection from './commands/connection.ts'
import * as connectionCredentials from './commands/connection-credentials.ts'
import * as connectionEdit from './commands/connection-edit.ts'
import * as connectionScopes from './commands/connection-scopes.ts'
import * as guard from './commands/guard.ts'
import * as identity from './commands/identity.ts'
import * as drift from './commands/drift.ts'
import * as driftBaseline from './commands/drift-baseline.ts'
import * as driftPolicy from './commands/drift-policy.ts'
import * as inventory from './commands/inventory.ts'
import * as operation from './commands/operation.ts'
import * as plan from './commands/plan.ts'
import * as forecast from './commands/sync-forecast.ts'
import * as schedule from './commands/sync-schedule.ts'
import * as operator from './commands/operator.ts'
import * as sync from './commands/sync.ts'
import * as operationDocuments from './operation.ts'
import * as wishFile from './wish-file.ts'

const schema = buildSchema(readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8'))
const documents: [string, string][] = Object.entries({
  ...account,
  ...apiKey,
  ...identity,
  ...connection,
  ...connectionCredentials,
  ...connectionEdit,
  ...connectionScopes,
  ...guard,
  ...drift,
  ...driftBaseline,
  ...driftPolicy,
  ...inventory,
  ...operation,
  ...operationDocuments,
  ...plan,
  ...forecast,
  ...schedule,
  ...operator,
  ...sync,
  ...wishFile,
}).flatMap(([name, value]): [string, string][] =>
  // A list of fields that several documents spread is checked inside them.
  typeof value === 'string' && /^(query|mutation) /.test(value) ? [[name, value]] : [],
)

describe('every document of the command is valid against schema.graphql', () => {
  it.each(documents)('%s', (_name, document) => {
    expect(validate(schema, parse(document)).map((error) => error.message)).toEqual([])
  })

  it('there are documents', () => {
    expect(documents.length).toBeGreaterThan(20)
  })
})
