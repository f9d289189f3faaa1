import { writeFileSync } from 'node:fs'
import { printedSchema } from './schema/schema.ts'

/** `npm run schema`: writes the contract at the root anew after a change here. A test proves it was done. */
writeFileSync(new URL('../../schema.graphql', import.meta.url), printedSchema)
