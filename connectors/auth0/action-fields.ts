import type { ActionTarget, JsonSchema } from '@owlie/connector-kit'

/** Targets and fields of the actions, with Auth0's own limits: https://auth0.com/docs/api/management/v2. */

export const user: ActionTarget = { name: 'user', kind: 'users', label: 'user', pattern: '[^|\\s][^|]*\\|.+' }
export const role: ActionTarget = {
  name: 'role',
  kind: 'roles',
  label: 'role',
  pattern: 'rol_[A-Za-z0-9]{16}',
}
export const organization: ActionTarget = {
  name: 'organization',
  kind: 'organizations',
  label: 'organization',
  pattern: 'org_[A-Za-z0-9]{16}',
}

export const text = (max: number, more: JsonSchema = {}): JsonSchema => ({
  type: 'string',
  minLength: 1,
  maxLength: max,
  ...more,
})
export const orNull = (schema: JsonSchema): JsonSchema => ({ ...schema, type: ['string', 'null'] })
export const object = (properties: Record<string, JsonSchema>, more: JsonSchema = {}): JsonSchema => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  additionalProperties: false,
  properties,
  ...more,
})
export const nothing = object({})
const metadata = (title: string): JsonSchema => ({
  type: 'object',
  title,
  description: 'Merged on the first level; null removes a key, an empty object removes all.',
})

export const email = text(254, {
  title: 'E-mail',
  format: 'email',
  pattern: '^[^@]{1,64}@',
  examples: ['ada@example.com'],
})
export const phone: JsonSchema = {
  type: 'string',
  title: 'Phone number',
  pattern: '^\\+[0-9]{1,15}$',
  examples: ['+4930123456'],
}
export const username = text(128, { title: 'Username', pattern: '^[^@]+$', examples: ['ada'] })
export const picture = text(2048, {
  title: 'Picture',
  format: 'uri',
  pattern: '^https?://',
  examples: ['https://example.com/ada.png'],
})
export const flag = (title: string): JsonSchema => ({ type: 'boolean', title })

export const profile = {
  name: text(300, { title: 'Name' }),
  given_name: text(150, { title: 'Given name' }),
  family_name: text(150, { title: 'Family name' }),
  nickname: text(300, { title: 'Nickname' }),
}

export const flags = {
  email_verified: flag('E-mail is verified'),
  phone_verified: flag('Phone number is verified'),
  verify_email: flag('Send a verification mail'),
}

export const bags = { user_metadata: metadata('User metadata'), app_metadata: metadata('App metadata') }

export const password = {
  name: 'password',
  label: 'Password',
  hint: 'At most 72 bytes. Left out at creation, Owlie makes a long random one nobody ever sees.',
}

export const permissions: JsonSchema = {
  type: 'array',
  title: 'Permissions',
  minItems: 1,
  maxItems: 50,
  uniqueItems: true,
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['permission_name', 'resource_server_identifier'],
    properties: {
      permission_name: text(280, { title: 'Permission', pattern: '^\\S+$' }),
      resource_server_identifier: text(600, { title: 'API', pattern: '^\\S+$' }),
    },
  },
}

export const roleName = text(256, { title: 'Name' })
export const description: JsonSchema = { type: 'string', title: 'Description', maxLength: 1000 }

const colour: JsonSchema = {
  type: 'string',
  pattern: '^#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$|^[a-z]+$',
  examples: ['#0b6775'],
}
export const organizationFields = {
  name: text(50, {
    title: 'Name',
    description: 'Lower case; used in addresses and sign-in.',
    pattern: '^(?!org_)[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?$',
    examples: ['example-ltd'],
  }),
  display_name: text(255, { title: 'Display name' }),
  branding: {
    type: 'object',
    title: 'Branding',
    additionalProperties: false,
    properties: {
      logo_url: text(2048, {
        title: 'Logo',
        format: 'uri',
        pattern: '^https://',
        examples: ['https://example.com/logo.png'],
      }),
      colors: {
        type: 'object',
        title: 'Colours',
        additionalProperties: false,
        required: ['primary', 'page_background'],
        properties: { primary: colour, page_background: colour },
      },
    },
  },
  metadata: {
    type: 'object',
    title: 'Metadata',
    description: 'The whole of it: Auth0 replaces what was there. Null removes a key.',
    maxProperties: 25,
    additionalProperties: { type: ['string', 'null'], maxLength: 255 },
  },
} satisfies Record<string, JsonSchema>
