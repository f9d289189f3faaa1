/** What each snippet makes: one Machine to Machine application and one client grant for the Management API. */
export interface WantedApplication {
  readonly name: string
  readonly description: string
  /** A bare host; where none was typed yet a placeholder that no tool takes for a tenant. */
  readonly domain: string
  readonly audience: string
  readonly scopes: readonly string[]
  /** Null: with a client secret. */
  readonly publicKey: string | null
}

/** How the key is called in Auth0's list of credentials. */
export const keyName = 'owlie'
