import { describe, expect, it } from 'vitest'
import { reasonNotToSync } from './judge-connection.ts'

const secret = {
  ...{ field: 'clientSecret', configured: true, lastFour: null, setBy: null, setAt: null },
  publicKey: null,
}
const test = (status: string) => ({ status }) as never

describe('whether a connection can be synced', () => {
  it.each([
    ['ready', { state: 'ready', stateReason: null, secrets: [secret], lastTest: test('passed') }, null],
    [
      'never tested',
      { state: 'incomplete', stateReason: 'Not tested yet.', secrets: [secret], lastTest: null },
      null,
    ],
    ['its test failed', { state: 'incomplete', stateReason: 'The last test failed.', secrets: [secret], lastTest: test('failed') }, 'The last test failed.'], // prettier-ignore
    ['without its secret', { state: 'incomplete', stateReason: 'Client Secret is missing.', secrets: [{ ...secret, configured: false }], lastTest: null }, 'Client Secret is missing.'], // prettier-ignore
  ] as const)('%s', (_what, connection, reason) => {
    expect(reasonNotToSync(connection)).toBe(reason)
  })
})
