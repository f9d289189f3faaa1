import { describe, expect, test } from 'vitest'
import type { ActionKind, Change, Outcome } from '../change.ts'
import { checkShape } from '../check-change.ts'
import type { Connector } from '../connector.ts'
import type { Failure } from '../failure.ts'
import type { Door } from '../http.ts'
import type { EntitlementObservation } from '../observation.ts'
import type { ConformanceTarget } from './rules.ts'
import { type WriteFault, writeRules } from './write-rules.ts'

/** What a connector may do wrong on purpose when it writes. */
interface Lies {
  readonly appliedWhenNot?: true
  readonly refusedWhenHappened?: true
  readonly unknownForNo?: true
  readonly appliedWhenLost?: true
  readonly twice?: true
  readonly throws?: true
  readonly blind?: true
  readonly noRemedy?: true
  readonly checksNothing?: true
  readonly ignoresScopes?: true
  readonly openSchema?: true
  readonly noInverse?: true
  readonly noVerb?: true
}

const make: ActionKind = {
  name: 'thing.make',
  label: 'Make thing',
  capability: 'write',
  targets: [],
  input: {
    type: 'object',
    additionalProperties: false,
    required: ['name'],
    properties: { name: { type: 'string' } },
  },
  effect: { does: 'create', kind: 'things' },
  request: 'POST /things',
  scopes: ['write'],
  proof: ['read'],
  destructive: false,
  idempotent: false,
  inverse: null,
}

function world(lies: Lies) {
  const things = new Map<string, string>()
  const effects: string[] = []
  let fault: WriteFault | null = null
  let requests = 0
  let samples = 0
  const failure = (kind: Failure['kind']): Failure => ({
    kind,
    code: 'memory.no',
    message: 'No.',
    remedy: lies.noRemedy ? '' : 'Look.',
  })
  const happen = (change: Change) => {
    requests++
    things.set(String(change.input.name), change.changeId)
    effects.push(change.changeId)
  }
  const apply = (change: Change): Outcome => {
    if (fault === 'a clean no') {
      if (lies.throws) throw new TypeError('no')
      return { is: lies.unknownForNo ? 'unknown' : 'refused', failure: failure('rejected') }
    }
    if (fault === 'dropped before the effect') return { is: 'unknown', failure: failure('unavailable') }
    if (!lies.appliedWhenNot) happen(change)
    else requests++
    if (lies.twice) happen(change)
    if (fault === null) return { is: 'applied', id: String(change.input.name) }
    if (lies.appliedWhenLost) return { is: 'applied' }
    return { is: lies.refusedWhenHappened ? 'refused' : 'unknown', failure: failure('unavailable') }
  }
  const action: ActionKind = {
    ...make,
    ...(lies.openSchema ? { input: { type: 'object' } } : {}),
    ...(lies.noInverse ? { inverse: 'thing.unmake' } : {}),
  }
  const manifest = {
    kinds: [{ name: 'things' }],
    capabilities: [{ name: 'write', scopes: ['read', 'write'] }],
    actions: [action],
  } as unknown as Connector['manifest']
  const thing = (id: string): EntitlementObservation => ({
    ...{ type: 'entitlement', entitlementType: 'thing', id, displayName: id },
    ...{ description: null, attributes: {} },
  })
  const connector = {
    manifest,
    grantedScopes: () => Promise.resolve({ scopes: ['read', 'write'] }),
    match: {
      things: (_: unknown, key: object) => {
        const { name } = key as { name: string }
        return Promise.resolve({ found: things.has(name) && !lies.blind ? thing(name) : null })
      },
    },
    apply: lies.noVerb
      ? {}
      : { 'thing.make': (_: unknown, change: Change) => Promise.resolve().then(() => apply(change)) },
    checkChange: (change: Change, _: unknown, scopes: readonly string[]) => {
      if (lies.checksNothing)
        return scopes.includes('write') ? [] : [{ ...failure('permission'), scopes: ['write'] }]
      const missing = scopes.includes('write') || lies.ignoresScopes
      return [
        ...checkShape(manifest, change),
        ...(missing ? [] : [{ ...failure('permission'), scopes: ['write'] }]),
      ]
    },
    looks: (change: Change) => [{ kind: 'things', reference: { name: String(change.input.name) } }],
    inEffect: (_: Change, [found]: readonly (readonly unknown[])[]) => found!.length > 0,
  } as unknown as Connector
  const target = {
    open: () => ({
      http: {
        get stats() {
          return { total: requests }
        },
      } as unknown as Door,
    }),
    writes: {
      samples: () =>
        Promise.resolve([
          {
            action: 'thing.make',
            target: {},
            input: { name: `thing-${++samples}` },
            changeId: `change-${samples}`,
          },
        ]),
      effectsOf: (id: string) => effects.filter((one) => one === id).length,
      spoil: (next: WriteFault | null) => {
        fault = next
      },
    },
  } as unknown as ConformanceTarget
  return { connector, target }
}

async function broken(lies: Lies): Promise<readonly string[]> {
  const { connector, target } = world(lies)
  const results: string[] = []
  for (const { sentence, check } of writeRules) {
    const complaints = await check(connector, target).catch((error: unknown) => [String(error)])
    if (complaints.length > 0) results.push(sentence)
  }
  return results
}

test('an honest connector has nothing to fear', async () => {
  expect(await broken({})).toEqual([])
})

test('one that only reads is not asked, one that writes must offer something to write to', async () => {
  const { connector, target } = world({})
  const reader = { ...connector, manifest: { ...connector.manifest, actions: [] }, apply: {} }
  for (const { check } of writeRules) expect(await check(reader, target)).toEqual([])
  const { writes: _, ...withoutWrites } = target
  expect(await writeRules[1]!.check(connector, withoutWrites)).toHaveLength(1)
})

describe('every lie is caught by the rule that is for it', () => {
  test.each([
    [{ appliedWhenNot: true }, 'applied is said of what happened'],
    [{ twice: true }, 'applied is said of what happened'],
    [{ blind: true }, 'can be seen at once'],
    [{ refusedWhenHappened: true }, 'what may have happened is unknown'],
    [{ appliedWhenLost: true }, 'what may have happened is unknown'],
    [{ unknownForNo: true }, 'a clean no is a refusal'],
    [{ throws: true }, 'a clean no is a refusal'],
    [{ noRemedy: true }, 'a clean no is a refusal'],
    [{ checksNothing: true }, 'refused by the check'],
    [{ ignoresScopes: true }, 'refused by the check'],
    [{ openSchema: true }, 'the actions are whole'],
    [{ noInverse: true }, 'the actions are whole'],
    [{ noVerb: true }, 'the actions are whole'],
  ] as [Lies, string][])('%j', async (lies, part) => {
    expect(await broken(lies)).toEqual(expect.arrayContaining([expect.stringContaining(part)]))
  })
})
