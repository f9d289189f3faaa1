import { execFileSync } from 'node:child_process'
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { capabilities } from './capabilities.ts'
import { manifest } from './manifest.ts'
import { adviseScopes } from './scopes.ts'
import { setupSnippets } from './setup-snippets.ts'

// A key pair of RFC 9500 (section 2.1), published for tests: goldens stay the same, and nobody can mistake it for a secret.
const publicKey = createPublicKey({
  format: 'jwk',
  key: {
    kty: 'RSA',
    e: 'AQAB',
    n: 'sPnoGUOnrpiSqt4XynxA-HRP7S-BSObI6qJ7fQAVSPtRkqsotWxQYLEYzNEx5ZSHTGypibVsJylvCfuToDTfMul8b_CZjP2Ob0LdpYrNH6l5hvFE89FU1nZQF15oVLOpUgA7wGiHuEVawrGfey92UE68mOyUVXGweJIVDdxqdMoPvNNUl86BU02vlBiESxOuox-dWmuVV7vfYZ79Toh_LUK43YvJh-rhv4nKuF7iHjVjBd9sB6iDjj70HFldzOQ9r8SRI-9NirupPTkF5AKNe6kUhKJ1luB7S27ZkvB3tSTT3P593VVJvnzOjaA1z6Cz-4-eRvcysqhrRgFlwI9TEw',
  },
}).export({ type: 'spki', format: 'pem' }) as string

const domain = 'tenant.us.auth0.com'
const readOnly = manifest.presets[1]!.scopes
const provisioning = adviseScopes('', ['assign_roles', 'remove_roles', 'add_organization_members']).minimal

describe('as they were reviewed', () => {
  test.each([
    ['read-only-secret', { scopes: readOnly, domain, authentication: 'secret' as const }],
    ['provisioning-key', { scopes: provisioning, domain, authentication: 'key' as const, publicKey }],
  ])('%s', async (name, request) => {
    for (const { format, text } of setupSnippets(request))
      await expect(text).toMatchFileSnapshot(`./test/golden/snippet-${name}-${format}.golden.txt`)
  })
})

test('each grants exactly the minimal scopes of what is ticked, whatever is ticked', () => {
  for (const { name } of capabilities) {
    const scopes = adviseScopes('', [name]).minimal
    for (const { text } of setupSnippets({ scopes, domain, authentication: 'secret' }))
      expect(
        [...new Set(text.match(/\b(?:read|create|update|delete):[a-z_]+/g))].filter(
          (scope) => scope !== 'read:client_credentials',
        ),
      ).toEqual(scopes)
  }
})

describe('nothing typed gets into a shell', () => {
  const evil = 'x\'; rm -rf ~; echo $(id) `id` "\n'
  test.each([
    { scopes: [evil, 'read:users'], domain, authentication: 'secret' as const },
    { scopes: ['read:users'], domain: evil, authentication: 'secret' as const },
    { scopes: ['read:users'], domain, authentication: 'key' as const, publicKey: evil },
    {
      scopes: ['read:users'],
      domain,
      authentication: 'key' as const,
      publicKey: publicKey.replace('\n', '\nPEM\nrm -rf ~\n'),
    },
  ])('%#', (request) => {
    for (const { text } of setupSnippets(request)) expect(text).not.toContain('rm -rf')
  })

  test('a private key given by mistake is not repeated', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
    for (const { text } of setupSnippets({ scopes: readOnly, domain, authentication: 'key', publicKey: pem }))
      expect(text).not.toContain(pem.split('\n')[1])
  })

  test('without a domain, a placeholder no tool takes for a tenant', () => {
    for (const { text } of setupSnippets({ scopes: readOnly, domain: '', authentication: 'secret' }))
      expect(text).toContain('YOUR_TENANT_DOMAIN')
  })
})

describe('the shell script', () => {
  let directory: string
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'owlie-snippet-'))
  })
  afterAll(() => rmSync(directory, { recursive: true }))

  test.each(['secret', 'key'] as const)('is one a shell reads without complaint (%s)', (authentication) => {
    const [cli] = setupSnippets({ scopes: readOnly, domain, authentication, publicKey })
    const file = join(directory, 'owlie.sh')
    writeFileSync(file, cli!.text)
    chmodSync(file, 0o600)
    expect(execFileSync('sh', ['-n', file], { encoding: 'utf8' })).toBe('')
  })
})
