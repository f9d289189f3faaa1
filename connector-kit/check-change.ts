import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import type { ActionKind, Change, JsonSchema } from './change.ts'
import type { Manifest } from './connector.ts'
import type { Failure } from './failure.ts'

const mostIds = 1024
const changeIdPattern = /^[A-Za-z0-9._:-]{1,64}$/

const ajv = new Ajv2020({
  allErrors: true,
  strict: true,
  strictRequired: false,
  allowUnionTypes: true,
  ownProperties: true,
  // For the words of a failure: the rule that was broken. Its value is never among them.
  verbose: true,
})
formats.default(ajv)
// For forms only: which kind's ids a text is, and how it is best entered.
ajv.addVocabulary(['x-kind', 'x-input'])

const compiled = new WeakMap<JsonSchema, ValidateFunction>()

function validatorOf(schema: JsonSchema): ValidateFunction {
  let validate = compiled.get(schema)
  if (!validate) {
    validate = ajv.compile(schema)
    compiled.set(schema, validate)
  }
  return validate
}

export function actionOf(manifest: Manifest, name: string): ActionKind | null {
  return manifest.actions?.find((action) => action.name === name) ?? null
}

/**
 * Nothing shows whether it happened, and a second time comes to the same: a doubt about it is settled by repeating it, so
 * that the target may see it more than once.
 */
export function isRepeatable({ effect, idempotent }: ActionKind): boolean {
  return effect.does === 'happen' && idempotent
}

/** The permissions exactly this change takes: a batch may be another request than a single one. */
export function scopesOfChange(action: ActionKind, change: Change): readonly string[] {
  return batchOf(action, change)?.scopes ?? action.scopes
}

/** The batch a change makes use of, or null when each of its targets is one id. */
export function batchOf(action: ActionKind, { target }: Change) {
  return action.batch?.find(({ of }) => (target[of]?.length ?? 0) > 1) ?? null
}

/**
 * What is wrong with a change before anybody is asked, as far as the manifest's data tells: unknown action, ids, size,
 * schema, immutable fields, fields that cannot change together. Pure. Each failure names its `field`
 * (`target.user`, `input.email`).
 */
export function checkShape(manifest: Manifest, change: Change): readonly Failure[] {
  const action = actionOf(manifest, change.action)
  if (!action) return [unknownAction(manifest, change.action)]
  const failures = [...checkTargets(action, change), ...checkInput(action, change.input)]
  if (!changeIdPattern.test(change.changeId))
    failures.push({
      kind: 'defect',
      code: 'change.id',
      message: 'The change has no usable id.',
      remedy: 'This is a defect in Owlie: please report it.',
    })
  for (const name of Object.keys(change.secrets ?? {}))
    if (!action.secrets?.some((secret) => secret.name === name))
      failures.push(rejected('change.malformed', `${action.label} takes no ${name}.`, `secrets.${name}`))
  return failures
}

function unknownAction(manifest: Manifest, name: string): Failure {
  return {
    kind: 'unsupported',
    code: 'change.unknown_action',
    message: `${manifest.label} has no action ${JSON.stringify(name.slice(0, 60))}.`,
    remedy: `Use one of: ${(manifest.actions ?? []).map((action) => action.name).join(', ') || 'none'}.`,
    field: 'action',
  }
}

function checkTargets(action: ActionKind, change: Change): Failure[] {
  const { target } = change
  const failures: Failure[] = []
  const known = new Set(action.targets.map(({ name }) => name))
  for (const name of Object.keys(target))
    if (!known.has(name))
      failures.push(rejected('change.malformed', `${action.label} has no target ${name}.`, `target.${name}`))
  for (const { name, label, pattern } of action.targets) {
    const ids = target[name] ?? []
    const field = `target.${name}`
    const refuse = (message: string) => failures.push(rejected('change.target', message, field))
    if (ids.length === 0) refuse(`${action.label}: ${label} is missing.`)
    if (new Set(ids).size < ids.length) refuse(`${action.label}: the same ${label} is named twice.`)
    const shape = new RegExp(`^(?:${pattern})$`, 'u')
    if (ids.some((id) => id.length > mostIds || !shape.test(id)))
      refuse(`${action.label}: that is not the id of a ${label}.`)
    const most = action.batch?.find(({ of }) => of === name)?.max ?? 1
    if (ids.length > most)
      failures.push(
        rejected('change.too_many', `${action.label} takes ${most} at most in one request.`, field),
      )
  }
  if (action.targets.filter(({ name }) => (target[name]?.length ?? 0) > 1).length > 1)
    failures.push(
      rejected('change.too_many', `${action.label}: many of one, or many of the other.`, 'target'),
    )
  return failures
}

function checkInput(action: ActionKind, input: Change['input']): Failure[] {
  const fields = Object.keys(input)
  const immutable = fields.filter((field) => action.immutable?.includes(field))
  const failures = immutable.map((field) =>
    rejected('change.immutable', `${field} can never be changed.`, `input.${field}`),
  )
  for (const [a, b] of action.notTogether ?? [])
    if (a in input && b in input)
      failures.push({
        ...rejected('change.not_together', `${a} and ${b} cannot change in one request.`, `input.${b}`),
        remedy: `Make two changes: one with ${a}, one with ${b}.`,
      })
  const validate = validatorOf(action.input)
  const rest = Object.fromEntries(Object.entries(input).filter(([field]) => !immutable.includes(field)))
  if (!validate(rest)) failures.push(...(validate.errors ?? []).slice(0, 20).map(failureOfSchema))
  return failures
}

// The words come from the schema and the keyword; the value itself is not repeated.
function failureOfSchema({ instancePath, keyword, params, message, parentSchema }: ErrorObject): Failure {
  const { missingProperty, additionalProperty } = params as Record<string, unknown>
  const named = keyword === 'required' ? missingProperty : additionalProperty
  const path = ['input', ...instancePath.split('/').slice(1), ...(named === undefined ? [] : [String(named)])]
  const field = path.join('.').slice(0, 200)
  const what = path.slice(1).join('.').slice(0, 200) || 'The input'
  if (keyword === 'required') return rejected('change.malformed', `${what} is missing.`, field)
  if (keyword === 'additionalProperties')
    return rejected('change.malformed', `There is no field ${what}.`, field)
  if (keyword === 'pattern' || keyword === 'format') {
    const example = (parentSchema?.['examples'] as readonly unknown[] | undefined)?.[0]
    const like = typeof example === 'string' ? `, for example ${example}` : ''
    return rejected('change.malformed', `${what} is not written as it has to be${like}.`, field)
  }
  return rejected('change.malformed', `${what} ${message ?? 'is not as it should be'}.`, field)
}

function rejected(code: string, message: string, field: string): Failure {
  return { kind: 'rejected', code, message, remedy: 'Correct this value and submit again.', field }
}
