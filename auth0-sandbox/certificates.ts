import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { KeyObject, X509Certificate as NodeCertificate } from 'node:crypto'
import './metadata-reflection.ts'
import * as x509 from '@peculiar/x509'

export type CertificateKind = 'valid' | 'expired' | 'not-yet-valid' | 'wrong-name' | 'self-signed'

export interface ServerCertificate {
  caPem: string
  /** Where the CA was kept, when a directory was given. */
  caPath?: string
  certPem: string
  keyPem: string
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const day = 86_400_000

interface Authority {
  cert: x509.X509Certificate
  keys: CryptoKeyPair
  pem: string
  keyPem: string
}

/**
 * A certificate for localhost, 127.0.0.1, ::1 and the tenant's names, signed by the sandbox's own CA. With a
 * directory, the CA is kept there (`ca.pem`, `ca-key.pem`, readable by its owner only) and used again, so
 * that clients which trust it go on working after a restart; the leaf is made anew at each start.
 */
export async function createCertificate(
  names: readonly string[],
  directory: string | undefined,
  kind: CertificateKind = 'valid',
): Promise<ServerCertificate> {
  const authority = (directory && (await loadAuthority(directory))) || (await createAuthority(directory))
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const now = Date.now()
  const hosts = kind === 'wrong-name' ? ['elsewhere.example'] : ['localhost', '127.0.0.1', '::1', ...names]
  const leaf = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: 'CN=Auth0 sandbox',
    issuer: kind === 'self-signed' ? 'CN=Auth0 sandbox' : authority.cert.subject,
    notBefore: new Date(kind === 'not-yet-valid' ? now + 30 * day : now - 60 * day),
    notAfter: new Date(kind === 'expired' ? now - 30 * day : now + 365 * day),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: kind === 'self-signed' ? keys.privateKey : authority.keys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        [...new Set(hosts)].map((value) => ({
          type: isIP(value) ? ('ip' as const) : ('dns' as const),
          value,
        })),
      ),
    ],
  })
  return {
    caPem: authority.pem,
    ...(directory ? { caPath: join(directory, 'ca.pem') } : {}),
    certPem: leaf.toString('pem'),
    keyPem: await privatePem(keys.privateKey),
  }
}

async function createAuthority(directory: string | undefined): Promise<Authority> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const cert = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: 'CN=Auth0 sandbox CA',
    notBefore: new Date(Date.now() - day),
    notAfter: new Date(Date.now() + 3650 * day),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  const authority = { cert, keys, pem: cert.toString('pem'), keyPem: await privatePem(keys.privateKey) }
  if (directory) {
    await mkdir(directory, { recursive: true })
    await writeFile(join(directory, 'ca-key.pem'), authority.keyPem, { mode: 0o600 })
    await writeFile(join(directory, 'ca.pem'), authority.pem)
  }
  return authority
}

/** The kept CA; undefined when there is none, or it has under a month to live. */
async function loadAuthority(directory: string): Promise<Authority | undefined> {
  try {
    const [pem, keyPem] = await Promise.all([
      readFile(join(directory, 'ca.pem'), 'utf8'),
      readFile(join(directory, 'ca-key.pem'), 'utf8'),
    ])
    if (Date.parse(new NodeCertificate(pem).validTo) < Date.now() + 30 * day) return undefined
    const cert = new x509.X509Certificate(pem)
    const pkcs8 = x509.PemConverter.decode(keyPem)[0]!
    const privateKey = await crypto.subtle.importKey('pkcs8', pkcs8, algorithm, true, ['sign'])
    const publicKey = await cert.publicKey.export()
    return { cert, keys: { privateKey, publicKey }, pem, keyPem }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function privatePem(key: CryptoKey): Promise<string> {
  return KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }) as string
}

function serialNumber(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8))
  bytes[0]! &= 0x7f
  return Buffer.from(bytes).toString('hex')
}
