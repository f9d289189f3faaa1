import { describe, expect, it } from 'vitest'
import { readWishes } from './read-file.ts'
import type { WritableAction } from './wish.ts'

const target = (name: string) => ({ name, kind: `${name}s`, label: name })
const action = (name: string, targets: string[], properties: object = {}): WritableAction => ({
  ...{ name, label: name, targets: targets.map(target), input: { properties } },
  ...{ scopes: [], destructive: false, reversible: true, immutable: [] },
})
const actions = [
  action('organization.add_members', ['organization', 'user']),
  action('user.update', ['user'], {
    name: { type: ['string', 'null'] },
    email_verified: { type: 'boolean' },
    app_metadata: { type: 'object' },
  }),
]
const rows = (text: string, chosen: string | null = null, isJson = false) => {
  const read = readWishes(text, isJson, actions, chosen)
  if ('problem' in read) throw new Error(read.problem)
  return read.rows
}
const problem = (text: string, chosen: string | null = null, isJson = false) => {
  const read = readWishes(text, isJson, actions, chosen)
  return 'problem' in read ? read.problem : null
}

describe('a CSV file', () => {
  it('is one wish a row, of the chosen action', () => {
    const read = rows('organization,user\r\norg_1,auth0|1\r\norg_1,"auth0|2"\r\n', 'organization.add_members')
    expect(read.map(({ wish }) => wish?.target)).toEqual([
      { organization: ['org_1'], user: ['auth0|1'] },
      { organization: ['org_1'], user: ['auth0|2'] },
    ])
  })

  it('may name the action row by row, and gives fields the values they stand for', () => {
    const read = rows(
      '\uFEFFaction,user,name,email_verified,app_metadata\nuser.update,auth0|1,"Lovelace, Ada",true,"{""team"":1}"\n',
    )
    expect(read[0]!.wish).toEqual({
      action: 'user.update',
      target: { user: ['auth0|1'] },
      input: { name: 'Lovelace, Ada', email_verified: true, app_metadata: { team: 1 } },
    })
  })

  it('tells every fault of every row', () => {
    const read = rows('user,nick,app_metadata\n,x,{\nauth0|1,,\n', 'user.update')
    expect(read[0]).toMatchObject({
      wish: null,
      problems: ['No user.', 'user.update has no field nick.', 'app_metadata is not JSON.'],
    })
    expect(read[1]!.problems).toEqual([])
    expect(rows('action,user\nuser.fly,auth0|1')[0]!.problems).toEqual(['There is no action user.fly.'])
  })

  it('without an action or without rows says so', () => {
    expect(problem('user\nauth0|1')).toContain('Choose an action')
    expect(problem('user\n', 'user.update')).toContain('no rows')
  })
})

describe('a JSON file', () => {
  it('is the list the command takes', () => {
    const text = JSON.stringify([
      { action: 'user.update', target: { user: 'auth0|1' }, input: { name: 'A' } },
    ])
    expect(rows(text, null, true)[0]!.wish).toEqual({
      ...{ action: 'user.update', target: { user: ['auth0|1'] }, input: { name: 'A' } },
    })
  })

  it('that is none says so', () => {
    expect(problem('{', null, true)).toBe('The file is not JSON.')
    expect(problem('{}', null, true)).toContain('JSON list')
    expect(rows('[{"action":"x"}]', null, true)[0]!.problems).toEqual(['There is no action "x".'])
  })
})
