import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { isCode, isTest, projectFiles, sourceOf } from './source-files.ts'

const files = projectFiles()
const code = files.filter(isCode)

describe('tidy', () => {
  it('no file of code is longer than 400 lines', () => {
    const long = code.map((file) => [file, sourceOf(file).split('\n').length - 1] as const)
    expect(long.filter(([, lines]) => lines > 400)).toEqual([])
  })

  it('no drain: folders and files are named after what they hold', () => {
    const banned =
      /(^|\/)(shared|common|utils?|helpers?|managers?|services?|handlers?|misc|legacy|v2)(\/|\.[jt]sx?$)/
    expect(files.filter((file) => banned.test(file))).toEqual([])
  })

  it('files are named in kebab-case', () => {
    const name = /^[a-z0-9_$-]+(\.[a-z0-9-]+)*\.tsx?$/
    expect(code.filter((file) => !name.test(file.split('/').at(-1)!))).toEqual([])
  })

  it('nothing is left for later in the code, and no test is switched off', () => {
    const leftover = /\b(TODO|FIXME|XXX)\b|\b(?:it|test|describe)\.(?:skip|only|todo)\(/
    const self = 'checks/tidy.test.ts'
    expect(code.filter((file) => file !== self && leftover.test(sourceOf(file)))).toEqual([])
  })

  it('every door opens with the story of its module', () => {
    const doors = code.filter((file) => file.endsWith('/index.ts') && !isTest(file))
    const short = doors.filter((file) => {
      const header = /^\/\*\*[\s\S]*?\*\//.exec(sourceOf(file))?.[0] ?? ''
      return header.split('\n').length < 8
    })
    expect(short).toEqual([])
  })

  it('every decision that is cited exists, and is numbered once', () => {
    const records = readdirSync(new URL('../docs/decisions/', import.meta.url))
    const numbers = records.map((name) => name.slice(0, 4))
    expect(numbers.length).toBe(new Set(numbers).size)
    const cited = files
      .filter((file) => /\.(tsx?|md|sql)$/.test(file))
      .flatMap((file) =>
        [...sourceOf(file).matchAll(/decision(?:s\/|\s+)(\d{4})/gi)].map((match) => [file, match[1]!]),
      )
    expect(cited.filter(([, number]) => !numbers.includes(number!))).toEqual([])
  })

  it('catches name what they catch or pass it on', () => {
    const silent = /catch\s*(?:\([^)]*\))?\s*\{\s*\}/
    expect(code.filter((file) => !isTest(file) && silent.test(sourceOf(file)))).toEqual([])
  })
})
