/**
 * # secrets: credentials at rest
 *
 * Owns the sealed form of every credential a tenant entrusts to Owlie, and the keyring that seals them.
 *
 * A sealed secret is a JWE in compact form: a random content key per secret (A256GCM), wrapped by a master key
 * (A256GCMKW) that the header names by `kid`. The protected header, which the cipher authenticates, also says
 * where the secret belongs: tenant, connection, field, domain, client id, version. `open` wants the same binding
 * again, so a sealed value copied to another row, tenant or domain opens nowhere. That is the point of it: who can
 * write to the database still cannot send a customer's secret to a host of their choosing.
 *
 * Promises:
 *  - `open` either gives the secret, as an opaque `Secret`, or a `Failure` of kind `config` that names what to do;
 *    it never throws for bad data and never says more about the secret than that it does not open.
 *  - `seal` never gives the same text twice.
 *  - Rotation: put the new key first in OWLIE_MASTER_KEYS and keep the old one behind it; everything stays readable;
 *    `rewrap` moves one sealed value to the first key and keeps its binding. It decrypts and seals anew, because a
 *    compact JWE authenticates the wrapped key's `kid` together with the content.
 *
 * Why JWE and not a cipher of our own: the format names its key and its algorithms, other tools can read it, and
 * 0.3 ms per secret is nothing beside the request that uses it.
 */
export { createKeyring, generateMasterKey, type Keyring, type MasterKey, parseMasterKeys } from './keyring.ts'
export { open, rewrap, seal, sealedWith } from './seal.ts'
export type { Binding, Rewrapped } from './seal.ts'
