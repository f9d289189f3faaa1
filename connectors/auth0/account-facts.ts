import type { AccountFacts } from '@owlie/connector-kit'

const ids = (name: string, camel: string) => [name, camel]

/** Where people keep what no root field is for; a user may be allowed to write `user_metadata`, never `app_metadata`. */
const metadata = (...names: readonly string[]) => [
  ...names.map((name) => `app_metadata.${name}`),
  ...names.map((name) => `user_metadata.${name}`),
]

const keysIn = (part: 'app_metadata' | 'user_metadata', trusted: boolean): AccountFacts['keys'] => [
  ...[...ids('employee_id', 'employeeId'), ...ids('employee_number', 'employeeNumber')].map((name) => ({
    space: 'employee_id' as const,
    path: `${part}.${name}`,
    trusted,
  })),
  ...ids('external_id', 'externalId').map((name) => ({
    space: 'external_id' as const,
    path: `${part}.${name}`,
    trusted,
  })),
]

/**
 * What Auth0's profile fields say about whose an account is. An e-mail address is unique within one of Auth0's own
 * connections only, and counts only once `email_verified`. Metadata:
 * https://auth0.com/docs/manage-users/user-accounts/metadata (user_metadata can be edited by the user where an
 * application offers it, app_metadata cannot).
 */
export const accountFacts: AccountFacts = {
  emailVerified: 'email_verified',
  keys: [...keysIn('app_metadata', true), ...keysIn('user_metadata', false)],
  profile: {
    given_name: ['given_name'],
    family_name: ['family_name'],
    phone: ['phone_number', ...metadata('phone')],
    title: metadata('title', 'job_title', 'jobTitle'),
    department: metadata('department'),
    manager: metadata('manager', 'manager_email'),
    employee_id: metadata('employee_id', 'employeeId', 'employee_number', 'employeeNumber'),
    location: metadata('location', 'office'),
  },
}
