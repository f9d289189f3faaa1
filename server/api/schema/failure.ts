import { type Failure, failureKinds } from '@owlie/connector-kit'
import { type Refusal, isRefusal } from '../../model/index.ts'
import { builder } from './builder.ts'

const FailureKindType = builder.enumType('FailureKind', { values: failureKinds })

export const FailureType = builder.objectRef<Failure>('Failure').implement({
  description:
    'Why something did not work. The same failure has the same code and remedy in the console, the API and the CLI.',
  fields: (t) => ({
    kind: t.expose('kind', { type: FailureKindType }),
    code: t.exposeString('code'),
    message: t.exposeString('message'),
    why: t.exposeString('why', { nullable: true }),
    remedy: t.exposeString('remedy'),
    field: t.exposeString('field', { nullable: true }),
    suggestion: t.exposeString('suggestion', { nullable: true }),
    scopes: t.stringList({ resolve: (failure) => [...(failure.scopes ?? [])] }),
    capability: t.exposeString('capability', { nullable: true }),
    notBefore: t.expose('notBefore', { type: 'DateTime', nullable: true }),
  }),
})

export const RefusalType = builder.objectRef<Refusal>('Refusal').implement({
  description:
    'The expected ways a mutation can be refused. All problems at once, each with its field where it has one.',
  fields: (t) => ({
    failures: t.field({ type: [FailureType], resolve: (refusal) => [...refusal.refused] }),
  }),
})

/** Tells which member of a result union a door's answer is. */
export function refusalOr(name: string): (value: object) => string {
  return (value) => (isRefusal(value) ? 'Refusal' : name)
}
