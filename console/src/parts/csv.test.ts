import { expect, it } from 'vitest'
import { toCsv } from './csv.ts'

it('quotes what needs it and disarms formulas', () => {
  const rows = [
    { id: 'auth0|1', name: 'Ada "the first", Countess', count: 3, blocked: false, stale: null },
    { id: '=HYPERLINK("x")', name: '@cmd', count: -1, blocked: true, stale: '2026-01-01T00:00:00.000Z' },
  ]
  expect(toCsv(rows)).toBe(
    'id,name,count,blocked,stale\r\n' +
      'auth0|1,"Ada ""the first"", Countess",3,false,\r\n' +
      `"'=HYPERLINK(""x"")",'@cmd,-1,true,2026-01-01T00:00:00.000Z\r\n`,
  )
  expect(toCsv([])).toBe('')
})
