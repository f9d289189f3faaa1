import { expect, test } from 'vitest'
import { firstWords } from './http-json.ts'

test.each([
  ['', 'empty'],
  [
    '<!DOCTYPE html><html><head><title>Web page blocked</title><style>p{color:red}</style></head><body><p class="x">Zscaler: not allowed.</p>',
    'begins with “Web page blocked Zscaler: not allowed.”',
  ],
  ['<h1>502</h1><center>cloudflare</center>', 'begins with “502 cloudflare”'],
  ['client_secret=Aq9 token: eyJhbGciOiJIUzI1NiJ9.e30.x', 'begins with “▮ token: ▮”'],
  ['Hello ada@example.com, your number is 004912345678 (SvZ4fQ)', 'begins with “Hello ▮ your number is ▮ ▮”'],
  ['secretlettersonlybutlong', 'begins with “▮”'],
  ['a\u202eb\0c', 'begins with “a b c”'],
  [`${'word '.repeat(400)}`, `begins with “${'word '.repeat(40).trim()}”`],
])('%j', (text, shown) => {
  expect(firstWords(text)).toBe(shown)
})
