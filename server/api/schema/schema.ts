import { printSchema } from 'graphql'
import { builder } from './builder.ts'
import './connectors.ts'
import './connections.ts'
import './schedule.ts'
import './credentials.ts'
import './sync.ts'
import './statement.ts'
import './provisioning.ts'
import './wish-file.ts'
import './approval-rules.ts'
import './guard.ts'
import './inventory.ts'
import './access.ts'
import './identities.ts'
import './identity-work.ts'
import './drift.ts'
import './drift-policy.ts'
import './baseline.ts'
import './operators.ts'
import './people.ts'

export const schema = builder.toSchema()

/** The text of schema.graphql at the root. */
export const printedSchema = `${printSchema(schema)}\n`
