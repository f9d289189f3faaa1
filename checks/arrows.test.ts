import { describe, expect, it } from 'vitest'
import { importsOf, isCode, isTest, projectFiles } from './source-files.ts'

/** Which of our packages a package may import, by folder. Tests may also import the sandbox. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  'connector-kit': [],
  'connectors/auth0': ['@owlie/connector-kit'],
  'auth0-sandbox': [],
  server: ['@owlie/connector-kit'],
  console: [],
  cli: [],
  bench: ['@owlie/connector-kit', '@owlie/connector-auth0', '@owlie/auth0-sandbox', '@owlie/server'],
}

/** A ring imports lower rings only; members of one ring never import each other. */
const RINGS: Readonly<Record<string, number>> = {
  model: 0,
  'config.ts': 0,
  'log.ts': 0,
  'fail-point.ts': 0,
  db: 1,
  jobs: 2,
  secrets: 2,
  audit: 2,
  rate: 2,
  operators: 3,
  connections: 3,
  inventory: 3,
  identities: 3,
  guard: 3,
  assignments: 3,
  access: 4,
  sync: 4,
  correlation: 4,
  drift: 4,
  retention: 4,
  provisioning: 4,
  api: 5,
  'data.ts': 6,
  'app.ts': 6,
  'main.ts': 6,
  start: 6,
  'start.ts': 6,
  'local.ts': 6,
}

const code = projectFiles().filter(isCode)
const product = code.filter((file) => !isTest(file))
const packageOf = (file: string) => Object.keys(PACKAGES).find((folder) => file.startsWith(`${folder}/`))
const placeInServer = (file: string) => file.split('/')[1]!

describe('the arrow of imports', () => {
  it('between packages points one way, by name', () => {
    const wrong = product.flatMap((file) => {
      const from = packageOf(file)
      if (from === undefined) return []
      const app = file === 'server/app.ts' ? ['@owlie/connector-auth0'] : []
      const allowed = [...PACKAGES[from]!, ...app]
      return importsOf(file)
        .filter((target) =>
          target.startsWith('@owlie/')
            ? !allowed.some((name) => target === name || target.startsWith(`${name}/`))
            : target.includes('/') && packageOf(target) !== undefined && packageOf(target) !== from,
        )
        .map((target) => `${file} → ${target}`)
    })
    expect(wrong).toEqual([])
  })

  it('inside the server points to lower rings only, through their doors', () => {
    const wrong = product
      .filter((file) => file.startsWith('server/'))
      .flatMap((file) =>
        importsOf(file)
          .filter((target) => target.startsWith('server/'))
          .flatMap((target) => {
            const [from, to] = [placeInServer(file), placeInServer(target)]
            if (from === to) return []
            if (RINGS[to] === undefined || RINGS[from] === undefined)
              return [`${file} → ${target}: no such ring`]
            if (RINGS[from] <= RINGS[to] && RINGS[from] !== 6) return [`${file} → ${target}: ring`]
            const isDoor = target.endsWith('/index.ts') || RINGS[to] === 0 || target.split('/').length === 2
            return isDoor ? [] : [`${file} → ${target}: not through the door`]
          }),
      )
    expect(wrong).toEqual([])
  })

  it('every place in the server has a ring', () => {
    const places = new Set(product.filter((file) => file.startsWith('server/')).map(placeInServer))
    expect([...places].filter((place) => RINGS[place] === undefined)).toEqual([])
  })

  it('only tests, the demo start and the bench name the sandbox', () => {
    const wrong = product.filter(
      (file) =>
        !file.startsWith('bench/') &&
        importsOf(file).some((target) => target.startsWith('@owlie/auth0-sandbox')),
    )
    expect(wrong).toEqual([])
  })

  it('has files to look at', () => {
    expect(product.length).toBeGreaterThan(60)
  })
})
