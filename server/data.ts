import { access, chmod, constants, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Failure, FailureError, Secret } from '@owlie/connector-kit'
import type { Config } from './config.ts'
import { startEmbedded } from './db/index.ts'
import { generateMasterKey, type MasterKey, parseMasterKeys } from './secrets/index.ts'

/** The database and the keys this installation works with. */
export interface Data {
  /** The owner's address; holds a password. */
  readonly databaseUrl: Secret
  readonly masterKeys: readonly MasterKey[]
  readonly embedded: boolean
  /** After the last use: stops the embedded PostgreSQL, unless another process still uses it. */
  release(): Promise<unknown>
}

/**
 * `DATABASE_URL`, or the embedded PostgreSQL of the data directory, started or adopted. With the embedded one, a master
 * key is made once and kept beside it; with another database that would be a trap, because a second machine would
 * make a second key, so there it has to be given.
 */
export async function openData(
  config: Config,
  say: (message: string) => void = () => undefined,
): Promise<Data | { readonly failures: readonly Failure[] }> {
  const given = config.masterKeys && parseMasterKeys(config.masterKeys.reveal())
  if (given && 'code' in given) return { failures: [given] }
  if (config.databaseUrl) {
    if (!given) return { failures: [noMasterKeys] }
    const { databaseUrl } = config
    return { databaseUrl, masterKeys: given, embedded: false, release: async () => undefined }
  }
  const unusable = await unusableDirectory(config.dataDirectory)
  if (unusable) return { failures: [unusable] }
  const server = await startEmbedded({ dataDirectory: config.dataDirectory, say }).catch(asFailure)
  if ('kind' in server) return { failures: [server] }
  const masterKeys = given ?? (await keptKeys(config.dataDirectory))
  if ('code' in masterKeys) return { failures: [masterKeys] }
  const databaseUrl = new Secret(server.url)
  return { databaseUrl, masterKeys, embedded: true, release: () => server.stop() }
}

/** What stands in the way of a database is for whoever starts this process; anything else is a defect. */
function asFailure(error: unknown): Failure {
  if (error instanceof FailureError) return error.failure
  throw error
}

async function unusableDirectory(directory: string): Promise<Failure | null> {
  try {
    await mkdir(directory, { recursive: true })
    await access(directory, constants.W_OK | constants.X_OK)
    return null
  } catch (error) {
    return {
      kind: 'config',
      code: 'owlie.data_directory',
      message: `Cannot write to ${directory} (${(error as NodeJS.ErrnoException).code}).`,
      remedy: 'Make it writable for this user, or choose another place with OWLIE_DATA_DIR.',
      field: 'OWLIE_DATA_DIR',
    }
  }
}

async function keptKeys(directory: string): Promise<readonly MasterKey[] | Failure> {
  const file = join(directory, 'master-keys')
  try {
    // `wx`: of two processes that start at once, one makes the key and both read it.
    await writeFile(file, `${generateMasterKey('local-1')}\n`, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    await chmod(file, 0o600)
  }
  return parseMasterKeys((await readFile(file, 'utf8')).trim())
}

const noMasterKeys: Failure = {
  kind: 'config',
  code: 'owlie.no_master_keys',
  message: 'With DATABASE_URL, OWLIE_MASTER_KEYS must be set: it seals the secrets in that database.',
  remedy:
    'Make one with `echo "main:$(openssl rand -base64 32)"`, keep it where you keep passwords, and give the same to every process.',
  field: 'OWLIE_MASTER_KEYS',
}
