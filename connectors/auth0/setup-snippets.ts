import type { SetupSnippet, SnippetRequest } from '@owlie/connector-kit'
import { cliSnippet } from './snippet-cli.ts'
import { deploySnippet } from './snippet-deploy.ts'
import { terraformSnippet } from './snippet-terraform.ts'
import type { WantedApplication } from './wanted-application.ts'

const placeholder = 'YOUR_TENANT_DOMAIN'
const keyPlaceholder =
  '-----BEGIN PUBLIC KEY-----\nPASTE THE PUBLIC KEY THAT OWLIE SHOWS\n-----END PUBLIC KEY-----'

/**
 * Ready snippets for the tools people manage a tenant with. Pure. They are pasted into shells, so nothing typed goes
 * in as it is: only a plain host, plain scopes and a well-formed public key do.
 */
export function setupSnippets(request: SnippetRequest): readonly SetupSnippet[] {
  const typed = request.domain.trim().toLowerCase()
  const domain = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?$/.test(typed) ? typed : placeholder
  const key = request.publicKey?.trim().replaceAll('\r\n', '\n') ?? ''
  const wellFormed = /^-----BEGIN PUBLIC KEY-----\n(?:[A-Za-z0-9+/]+={0,2}\n)+-----END PUBLIC KEY-----$/
  const wanted: WantedApplication = {
    name: 'Owlie',
    description: 'Identity governance: reads and changes who has what',
    domain,
    audience: `https://${domain}/api/v2/`,
    scopes: request.scopes.filter((scope) => /^[a-z][a-z0-9_]*:[a-z][a-z0-9_]*$/.test(scope)),
    publicKey: request.authentication === 'secret' ? null : wellFormed.test(key) ? key : keyPlaceholder,
  }
  return [cliSnippet(wanted), terraformSnippet(wanted), deploySnippet(wanted)]
}
