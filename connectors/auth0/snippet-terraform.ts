import type { SetupSnippet } from '@owlie/connector-kit'
import { keyName, type WantedApplication } from './wanted-application.ts'

/** For the provider auth0/auth0 from 1.0 on (https://registry.terraform.io/providers/auth0/auth0/latest/docs). */
export function terraformSnippet(wanted: WantedApplication): SetupSnippet {
  const text = [
    'terraform {',
    '  required_providers {',
    '    auth0 = {',
    '      source  = "auth0/auth0"',
    '      version = ">= 1.0.0"',
    '    }',
    '  }',
    '}',
    '',
    'resource "auth0_client" "owlie" {',
    `  name            = "${wanted.name}"`,
    `  description     = "${wanted.description}"`,
    '  app_type        = "non_interactive"',
    '  is_first_party  = true',
    '  oidc_conformant = true',
    '  grant_types     = ["client_credentials"]',
    '}',
    '',
    ...credentials(wanted.publicKey),
    '',
    'resource "auth0_client_grant" "owlie" {',
    '  client_id = auth0_client.owlie.id',
    `  audience  = "${wanted.audience}"`,
    '  scopes = [',
    ...wanted.scopes.map((scope) => `    "${scope}",`),
    '  ]',
    '}',
    '',
    'output "owlie_client_id" {',
    '  value = auth0_client.owlie.client_id',
    '}',
    ...(wanted.publicKey === null
      ? [
          '',
          "# Terraform's own application needs read:client_credentials to know it: terraform output -raw owlie_client_secret",
          'output "owlie_client_secret" {',
          '  value     = auth0_client_credentials.owlie.client_secret',
          '  sensitive = true',
          '}',
        ]
      : []),
    '',
  ].join('\n')
  const note =
    wanted.publicKey === null
      ? 'Beside your provider "auth0" block for this tenant. The secret stands in the Terraform state; with a key there is none.'
      : 'Beside your provider "auth0" block for this tenant. No secret is in it, nor in the Terraform state.'
  return { format: 'terraform', label: 'Terraform', file: 'owlie.tf', text, note }
}

function credentials(publicKey: string | null): readonly string[] {
  const head = [
    'resource "auth0_client_credentials" "owlie" {',
    '  client_id             = auth0_client.owlie.id',
  ]
  if (publicKey === null) return [...head, '  authentication_method = "client_secret_post"', '}']
  return [
    ...head,
    '  authentication_method = "private_key_jwt"',
    '',
    '  private_key_jwt {',
    '    credentials {',
    `      name            = "${keyName}"`,
    '      credential_type = "public_key"',
    '      algorithm       = "RS256"',
    '      pem             = <<-EOT',
    ...publicKey.split('\n').map((line) => `        ${line}`),
    '      EOT',
    '    }',
    '  }',
    '}',
  ]
}
