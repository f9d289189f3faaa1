/** What is compared. `custom:<name>` are attributes an admin has named for several connections. */
export type Space = 'email' | 'employee_id' | 'external_id' | 'name_domain' | `custom:${string}`

/** A rule says: accounts with the same value there belong to the same identity, and how far that can be believed. */
export interface Rule {
  readonly name: string
  readonly label: string
  /** `custom` stands for every custom space. */
  readonly space: 'email' | 'employee_id' | 'external_id' | 'name_domain' | 'custom'
  /** Both values are trusted: proven by the target, or set by its admins. */
  readonly isTrusted: boolean
  /** 0–100. */
  readonly score: number
  /** Links without asking, where nothing speaks against it. */
  readonly isSure: boolean
  /** Says nothing between accounts of one connection. */
  readonly acrossConnectionsOnly: boolean
  /** One sentence for people. */
  readonly sentence: string
}

const rule = (
  name: string,
  label: string,
  space: Rule['space'],
  [isTrusted, score, isSure]: readonly [boolean, number, boolean],
  sentence: string,
): Rule => ({ ...{ name, label, space, isTrusted, score, isSure, sentence }, acrossConnectionsOnly: false })

const trusted = (score: number) => [true, score, true] as const
const claimed = (score: number) => [false, score, false] as const

/** Every rule there is, the strongest first. Only this table says what a match is worth. */
export const rules: readonly Rule[] = [
  rule('email', 'Verified e-mail', 'email', trusted(100), 'The same e-mail address, verified on both sides.'),
  rule(
    'employee_id',
    'Employee number',
    'employee_id',
    trusted(95),
    'The same employee number, set by administrators on both sides.',
  ),
  rule(
    'external_id',
    'External id',
    'external_id',
    trusted(95),
    'The same external id, set by administrators on both sides.',
  ),
  rule(
    'custom',
    'Custom attribute',
    'custom',
    trusted(90),
    'The same value of an attribute that was chosen for this.',
  ),
  rule(
    'custom_claimed',
    'Custom attribute, claimed',
    'custom',
    claimed(55),
    'The same value of a chosen attribute, but on one side anybody could have set it.',
  ),
  rule(
    'employee_id_claimed',
    'Employee number, claimed',
    'employee_id',
    claimed(50),
    'The same employee number, but on one side the user may have entered it.',
  ),
  rule(
    'external_id_claimed',
    'External id, claimed',
    'external_id',
    claimed(50),
    'The same external id, but on one side the user may have entered it.',
  ),
  rule(
    'email_unverified',
    'Unverified e-mail',
    'email',
    claimed(45),
    'The same e-mail address, but not verified on both sides: anybody can register with it.',
  ),
  {
    ...rule(
      'name_domain',
      'Name and domain',
      'name_domain',
      claimed(30),
      'The same name, and e-mail addresses of the same domain.',
    ),
    acrossConnectionsOnly: true,
  },
]

/** A value that so many identities share tells nobody apart; a doubtful rule then says nothing. */
export const tooCommon = 5

/** Of a doubtful match; further ones on the same identity add little, and never make it sure. */
export const furtherEvidence = 5
export const mostDoubtful = 89

/** What a sure match is worth when something speaks against it. */
export const weakened = 60

/** Values of which a person has one: two trusted ones that differ speak against every match. */
export const exclusiveSpaces: readonly string[] = ['employee_id']

export function ruleOf(space: Space, isTrusted: boolean): Rule {
  const kind = space.startsWith('custom:') ? 'custom' : space
  const found = rules.find((each) => each.space === kind && each.isTrusted === isTrusted)
  return found ?? rules.find((each) => each.space === kind)!
}

/** Mailboxes that are read by whoever has the duty: even verified, such an address is no person's. */
const roleMailboxes = new Set(
  (
    'abuse accounting accounts admin administrator billing contact hello help helpdesk hostmaster hr info ' +
    'it jobs mail marketing no-reply noreply office ops postmaster press privacy root sales security service ' +
    'support sysadmin system team test webmaster'
  ).split(' '),
)

export function isRoleMailbox(email: string): boolean {
  const local = email.slice(0, email.lastIndexOf('@'))
  return roleMailboxes.has(local.split('+')[0]!)
}

/** Where everybody may have an address: such a domain says nothing. */
export const publicDomains = new Set(
  (
    'aol.com fastmail.com free.fr gmail.com gmx.at gmx.ch gmx.de gmx.net ' +
    'googlemail.com hotmail.com icloud.com libero.it live.com mac.com mail.com mail.ru me.com msn.com orange.fr ' +
    'outlook.com proton.me protonmail.com qq.com t-online.de wanadoo.fr web.de yahoo.co.uk yahoo.com yandex.ru ' +
    '163.com'
  ).split(' '),
)
