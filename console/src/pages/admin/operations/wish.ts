import type { ResultOf } from '../../../graphql.ts'
import { graphql } from '../../../graphql.ts'

export const ActionsQuery = graphql(`
  query WritableActions {
    connections {
      id
      name
      config {
        name
        value
      }
      lastTest {
        grantedScopes
      }
      connector {
        name
        label
        actions {
          name
          label
          targets
          input
          scopes
          destructive
          reversible
          immutable
        }
      }
    }
  }
`)

export type Writable = ResultOf<typeof ActionsQuery>['connections'][number]
export type WritableAction = Writable['connector']['actions'][number]

export interface Target {
  readonly name: string
  readonly kind: string
  readonly label: string
}

/** The part of JSON schema the forms understand; anything else becomes a field for JSON. */
export interface FieldSchema {
  readonly type?: string | readonly string[]
  readonly title?: string
  readonly description?: string
  readonly enum?: readonly string[]
  readonly maxLength?: number
}

export interface Wish {
  readonly action: string
  readonly target: Readonly<Record<string, readonly string[]>>
  readonly input: Readonly<Record<string, unknown>>
}

export function targetsOf({ targets }: WritableAction): readonly Target[] {
  return Array.isArray(targets) ? (targets as readonly Target[]) : []
}

export function fieldsOf({ input }: WritableAction): readonly (readonly [string, FieldSchema])[] {
  const { properties } = (input ?? {}) as { properties?: Readonly<Record<string, FieldSchema>> }
  return Object.entries(properties ?? {})
}

export function requiredOf({ input }: WritableAction): readonly string[] {
  const { required } = (input ?? {}) as { required?: readonly string[] }
  return required ?? []
}

/** `text`, `flag`, or `json` for everything that is neither. */
export function sortOf(schema: FieldSchema): 'text' | 'flag' | 'json' {
  const types = [schema.type ?? []].flat()
  if (types.includes('boolean')) return 'flag'
  return types.includes('string') ? 'text' : 'json'
}

/** What was typed, as the value it stands for. Empty: not wished. Throws a sentence for JSON that is none. */
export function valueOf(schema: FieldSchema, typed: string): unknown {
  if (typed === '') return undefined
  switch (sortOf(schema)) {
    case 'flag':
      return typed === 'true'
    case 'text':
      return typed
    case 'json':
      return JSON.parse(typed) as unknown
  }
}

/** Scopes the action needs and the application was not granted; null when nobody knows what was granted. */
export function missingScopes(action: WritableAction, connection: Writable): readonly string[] {
  const entered = connection.config.find(({ name }) => name === 'scopes')?.value.split(/\s+/) ?? []
  const granted = connection.lastTest?.grantedScopes ?? entered
  return action.scopes.filter((scope) => !granted.includes(scope))
}

/** `user.create` → `Users`; the group an action is listed under. */
export function groupOf({ name }: { readonly name: string }): string {
  const noun = name.split('.')[0] ?? ''
  const groups: Readonly<Record<string, string>> = {
    user: 'Users',
    role: 'Roles',
    organization: 'Organizations',
    organization_role: 'Roles inside organizations',
  }
  return groups[noun] ?? 'Other'
}
