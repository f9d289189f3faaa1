import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Connector } from '../connector.ts'
import { type ConformanceTarget, rules } from './rules.ts'

/**
 * Declares the conformance tests of a connector. Call it at the top level of a test file.
 * `makeTarget` is called once, before the first test; its `close` after the last.
 */
export function runConformance(connector: Connector, makeTarget: () => Promise<ConformanceTarget>): void {
  describe(`the connector ${connector.manifest.name} keeps the contract`, () => {
    let target: ConformanceTarget
    beforeAll(async () => {
      target = await makeTarget()
    })
    afterAll(() => target?.close())

    test.each(rules.map((rule) => [rule.sentence, rule] as const))('%s', async (_, rule) => {
      expect(await rule.check(connector, target)).toEqual([])
    })
  })
}
