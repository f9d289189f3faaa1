import { auth0 } from '@owlie/connector-auth0'
import { describe, expect, it } from 'vitest'
import { readWishes, together } from './read-wishes.ts'

const { manifest } = auth0
const lines = (text: string, action: string | null = null, format: 'csv' | 'json' = 'csv') => {
  const read = readWishes(manifest, { format, text, action })
  if ('problem' in read) throw new Error(read.problem.message)
  return read.lines
}
const problem = (text: string, action: string | null = null, format: 'csv' | 'json' = 'csv') => {
  const read = readWishes(manifest, { format, text, action })
  return 'problem' in read ? read.problem.code : null
}
const messages = ({ problems }: { problems: readonly { message: string }[] }) =>
  problems.map(({ message }) => message)

describe('a CSV file', () => {
  it('is one wish a line, of the chosen action', () => {
    const read = lines(
      'organization,user\r\norg_1,auth0|1\r\norg_1,"auth0|2"\r\n',
      'organization.add_members',
    )
    expect(read.map(({ line, item }) => [line, item?.target])).toEqual([
      [2, { organization: ['org_1'], user: ['auth0|1'] }],
      [3, { organization: ['org_1'], user: ['auth0|2'] }],
    ])
  })

  it('may name the action line by line, and gives fields the values they stand for', () => {
    const [read] = lines(
      '\uFEFFaction,user,name,email_verified,app_metadata\nuser.update,auth0|1,"Lovelace, Ada",true,"{""team"":1}"\n',
    )
    expect(read!.item).toEqual({
      action: 'user.update',
      target: { user: ['auth0|1'] },
      input: { name: 'Lovelace, Ada', email_verified: true, app_metadata: { team: 1 } },
    })
  })

  it('tells every fault of every line, and leaves empty cells unwished', () => {
    const read = lines('user,nick,app_metadata,email_verified\n,x,{,yes\nauth0|1,,,\n', 'user.update')
    expect(read[0]!.item).toBeNull()
    expect(messages(read[0]!)).toEqual([
      'No user.',
      'user.update has no field nick.',
      'app_metadata is not JSON.',
      'email_verified has to be true or false.',
    ])
    expect(read[1]).toEqual({
      ...{ line: 3, problems: [] },
      item: { action: 'user.update', target: { user: ['auth0|1'] }, input: {} },
    })
    expect(messages(lines('action,user\nuser.fly,auth0|1')[0]!)).toEqual(['There is no action user.fly.'])
  })

  it('counts lines as an editor does: line breaks in cells and empty lines included', () => {
    const read = lines('user,name\nauth0|1,"Ada\nLovelace"\n\n  \nauth0|2,Grace\nauth0|3\n', 'user.update')
    expect(read.map(({ line }) => line)).toEqual([2, 6, 7])
    expect(messages(read[2]!)).toEqual(['The line has 1 cell, the heading has 2.'])
  })

  it('does not take half of a line for a whole one', () => {
    const read = lines('user,name\nauth0|1,"Ada\nauth0|2,Grace\n', 'user.update')
    expect(read.map(({ item }) => item)).toEqual([null])
    expect(lines('user\nauth0|1\n', 'user.block')[0]!.item?.target).toEqual({ user: ['auth0|1'] })
  })

  it('without an action, without lines or with a name twice says so', () => {
    expect(problem('user\nauth0|1')).toBe('wishes.no_action')
    expect(problem('user\n', 'user.update')).toBe('wishes.empty')
    expect(problem('', 'user.update')).toBe('wishes.empty')
    expect(problem('user,user\na,b', 'user.update')).toBe('wishes.heading')
  })
})

describe('a JSON file', () => {
  it('is a list of wishes; an id may stand by itself', () => {
    const text = JSON.stringify([
      { action: 'user.update', target: { user: 'auth0|1' }, input: { name: 'A' } },
      { target: { user: ['auth0|2'] } },
    ])
    expect(lines(text, 'user.block', 'json').map(({ item }) => item)).toEqual([
      { action: 'user.update', target: { user: ['auth0|1'] }, input: { name: 'A' } },
      { action: 'user.block', target: { user: ['auth0|2'] }, input: {} },
    ])
  })

  it('that is none says so, and each entry that is no wish', () => {
    expect(problem('{', null, 'json')).toBe('wishes.not_json')
    expect(problem('{}', null, 'json')).toBe('wishes.not_a_list')
    expect(problem('[]', null, 'json')).toBe('wishes.empty')
    const read = lines('[{"action":"x"},null,{"action":"user.block","target":[]}]', null, 'json')
    expect(read.map(({ problems }) => problems[0]!.code)).toEqual([
      'wishes.no_action',
      'wishes.no_action',
      'wishes.shape',
    ])
  })
})

it('puts together what differs in one target only, and never two creations', () => {
  const member = (organization: string, user: string) => ({
    action: 'organization.add_members',
    target: { organization: [organization], user: [user] },
    input: {},
  })
  const made = { action: 'role.create', target: {}, input: { name: 'R' } }
  expect(together(manifest, [member('o', '1'), made, member('p', '1'), member('o', '2'), made])).toEqual([
    { ...member('o', '1'), target: { organization: ['o'], user: ['1', '2'] } },
    made,
    member('p', '1'),
    made,
  ])
})
