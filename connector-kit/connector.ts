import type { ActionKind, ActionName, Apply, Change, Look, NaturalKey } from './change.ts'
import type { Named, PermissionsResult, Tie } from './access.ts'
import type { Clock } from './clock.ts'
import type { Failure } from './failure.ts'
import type { RateRules } from './governor.ts'
import type { Door } from './http.ts'
import type { FindResult, HeldResult, Json, Observation, ReadResult } from './observation.ts'
import type { Secret } from './secret.ts'

/** The name of a kind in the manifest, e.g. `users`, `role_members`. */
export type KindName = string

/** One kind of object or relationship that can be read. */
export interface ObjectKind {
  readonly name: KindName
  /** Plural, sentence case: `Users`, `Role holders`. */
  readonly label: string
  readonly yields: 'account' | 'entitlement' | 'grant'
  /** For entitlements and grants: which entitlement type, e.g. `role`, `organization`. */
  readonly entitlementType?: string
  /** Kinds that must have ended `complete` in the same run before this one starts. */
  readonly prerequisites: readonly KindName[]
  /** This kind is read once per object of that kind (role holders: once per role). */
  readonly container?: KindName
  /** The target's permissions needed; all of them. */
  readonly scopes: readonly string[]
  /** The capability in words, for messages: `read role holders`. */
  readonly capability: string
  /**
   * Comes along on the pages of that kind (`Page.carried`) and costs no request of its own: it has no reader, and it
   * ends as that kind ends.
   */
  readonly carriedBy?: KindName
  /** Part of a run only when all its `scopes` were entered; see `kindsOf`. Without them it is not even skipped. */
  readonly optional?: true
  /**
   * Fields that are a matter of intent: `status`, `displayName`, `email`, `description` or the name of an attribute.
   * Those that change by themselves (a last login, a counter) are not among them. Absent on accounts and
   * entitlements: whether they exist is no matter of intent either, because it follows from something else. Grants
   * always are.
   */
  readonly governed?: readonly string[]
  /**
   * The attribute that grows with each change of an object, as a text that sorts by time. A list that lags behind a look
   * at one object is known by it.
   */
  readonly version?: string
  /** For grants: how it is held, in words, where `assigned directly` would be wrong. */
  readonly origin?: string
  /** For entitlements nobody holds by themselves: what they give to the holders of others. */
  readonly tie?: Tie
  /** For entitlements: holding one allows what that other one allows (its permissions), but is not to hold it. */
  readonly allowsAs?: Named
  /** For entitlements that count only inside another one: a role inside an organization. */
  readonly inside?: Named
}

/** Something Owlie can do with the target, and the permissions it takes. The single source for every scope text. */
export interface Capability {
  readonly name: string
  readonly label: string
  readonly group: 'read' | 'write'
  readonly scopes: readonly string[]
  /** What it is for, one sentence. */
  readonly purpose: string
}

export interface ScopePreset {
  readonly name: string
  readonly label: string
  readonly scopes: readonly string[]
}

export interface ConfigField {
  readonly name: string
  /** Exactly as shown on the setup page. */
  readonly label: string
  readonly input: 'text' | 'secret' | 'scopes'
  readonly required: boolean
  readonly placeholder?: string
  /** Where to find the value, at most two lines. */
  readonly hint: string
  /** Changing this field drops every stored secret, because a secret belongs to where it may be sent. */
  readonly bindsSecrets?: boolean
  /**
   * For a secret: the name of the private key that may stand in its place. Owlie makes and keeps the key pair (RSA,
   * for RS256); `session.secrets` then holds the private key, PKCS #8 in PEM, under this name, and not the secret.
   */
  readonly keyPair?: string
}

/**
 * What the attributes of this target's accounts mean. Paths are dotted, from `attributes`: `app_metadata.employee_id`.
 */
export interface AccountFacts {
  /** Where `true` stands when the target has proof that the account's e-mail address is its holder's. */
  readonly emailVerified?: string
  /** Identifiers of the person outside this target. `trusted`: only the target's admins can set them. */
  readonly keys: readonly {
    readonly space: 'employee_id' | 'external_id'
    readonly path: string
    readonly trusted: boolean
  }[]
  /** Attribute of an identity (`title`, `department`, …) → where it may stand; the first that is there counts. */
  readonly profile: Readonly<Record<string, readonly string[]>>
}

export interface Manifest {
  /** The slug in `/admin/integrations/:slug`. */
  readonly name: string
  readonly label: string
  readonly summary: string
  readonly fields: readonly ConfigField[]
  readonly kinds: readonly ObjectKind[]
  readonly capabilities: readonly Capability[]
  /** What can be written; absent for a connector that only reads. */
  readonly actions?: readonly ActionKind[]
  readonly presets: readonly ScopePreset[]
  /** The target's published rate limits, for the forecast. The first is meant when nobody has said which. */
  readonly ratePlans?: readonly { readonly name: string; readonly label: string }[]
  readonly accountFacts?: AccountFacts
}

/** What the entered permissions mean, computed without any request. */
export interface ScopeAdvice {
  /** The entered list, split, deduplicated, in order. */
  readonly entered: readonly string[]
  readonly unknown: readonly { readonly scope: string; readonly nearest: string | null }[]
  /** Known, but no capability of this connector ever uses them. */
  readonly neverNeeded: readonly string[]
  /** Dangerous to grant at all, with the reason. */
  readonly dangerous: readonly { readonly scope: string; readonly reason: string }[]
  readonly capabilities: readonly {
    readonly name: string
    readonly enabled: boolean
    readonly missing: readonly string[]
  }[]
  /** The minimal list for the wanted capabilities (all enabled ones when none are named). */
  readonly minimal: readonly string[]
  /** Wanted but not entered. */
  readonly missing: readonly string[]
  /** Absent where the target's permissions cannot be weighed against each other. */
  readonly leastPrivilege?: LeastPrivilege
}

/** How much of what is entered is really needed for what is wanted, weighed by the damage each permission could do. */
export interface LeastPrivilege {
  /** 0 to 100; 100 only when nothing goes beyond what is wanted. */
  readonly score: number
  /** The score in words, one sentence. */
  readonly sentence: string
  /** Entered beyond what is wanted, the weightiest first. */
  readonly beyond: readonly {
    readonly scope: string
    /** `takeover`: whoever holds it can get everything else. */
    readonly danger: 'low' | 'medium' | 'high' | 'takeover'
    readonly reason: string
  }[]
}

/** What an application for Owlie shall be made of, for a ready snippet. */
export interface SnippetRequest {
  /** Exactly these are granted. */
  readonly scopes: readonly string[]
  /** As typed so far; may be empty or wrong. */
  readonly domain: string
  readonly authentication: 'secret' | 'key'
  /** PEM (SPKI), for `key`; without it the snippet says where it goes. */
  readonly publicKey?: string
}

/** Text for another tool that makes the application Owlie needs in the target. */
export interface SetupSnippet {
  readonly format: string
  /** The tool's own name. */
  readonly label: string
  /** What to call the file. */
  readonly file: string
  readonly text: string
  /** What it takes to use it, one or two sentences. */
  readonly note: string
}

export type CheckStatus = 'running' | 'passed' | 'warning' | 'failed' | 'skipped'

/** One row of a connection test. */
export interface Check {
  /** Stable: `domain`, `dns`, `tls`, `token`, `audience`, `scope:read:users`, `sample:users`, `clock`, `rate`, `writes`. */
  readonly name: string
  readonly label: string
  readonly status: CheckStatus
  /** One sentence. */
  readonly sentence: string
  readonly durationMs: number | null
  /** Set on `failed` and on most warnings. */
  readonly failure?: Failure
}

/** Called whenever a row starts or ends, so that the first one is on screen at once. */
export type TestListener = (checks: readonly Check[]) => void

/**
 * An opened connection. Lives for one test, one turn of a sync or one step of a plan.
 * `memo` keeps what may be kept for its life (an access token), never longer.
 */
export interface Session {
  readonly config: Readonly<Record<string, string>>
  readonly secrets: Readonly<Record<string, Secret>>
  readonly http: Door
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly memo: Map<string, unknown>
}

/** How much of a kind there was when it was last read. */
export interface KindSize {
  readonly count: number
  /** For kinds with a container: how many each container held, in any order. Makes a forecast exact. */
  readonly perContainer?: readonly number[]
}

/** A rate limit as one bucket over everything, for targets whose plan is none of the connector's. */
export interface CustomRate {
  readonly burst: number
  readonly perMinute: number
}

/** How one kind would be read, and what that takes. */
export interface KindForecast {
  readonly kind: KindName
  /** For `PageRequest.route`. */
  readonly route: string
  /** Expected, and the most it can take; null while nobody has counted. */
  readonly requests: number
  readonly atMost: number | null
  /** Why this route, one sentence. */
  readonly why: string
}

/** What a forecast goes by. */
export interface ForecastInput {
  /** Of the last complete run of each kind; a kind that is absent was never counted. */
  readonly sizes: Readonly<Record<KindName, KindSize>>
  /** The kinds that will be read, those that others carry included. */
  readonly kinds: readonly KindName[]
  /** One of `manifest.ratePlans`, or the target's own; an unknown name means the first. */
  readonly plan: string | CustomRate
  /** The share of each bucket left to others, 0…1; absent, the connector's usual one. */
  readonly reserve?: number
}

/** What reading everything would take, before the first request. */
export interface ReadForecast {
  readonly kinds: readonly KindForecast[]
  /** Of all kinds and the token. */
  readonly requests: number
  readonly atMost: number | null
  /** By the target's rate-limit buckets; a request may draw from more than one. */
  readonly buckets: readonly {
    readonly bucket: string
    readonly requests: number
    readonly minutes: number
  }[]
  /** Of the slowest bucket. What the requests themselves take comes on top. */
  readonly minutes: number
}

export interface PageRequest {
  /** `null` starts the kind (or the container) from the beginning. */
  readonly cursor: Json
  /** For kinds with a `container`: the container's external id. */
  readonly container?: string
  /** The route a forecast chose for this kind. Only looked at when the cursor is `null`; absent, the usual one. */
  readonly route?: string
}

/** Something the target says has changed. It says nothing about what it is now: that is read by `find` or `held`. */
export type Hint =
  | {
      readonly kind: KindName
      readonly id: string
      /** Set where the target says it: an object known with this value of the attribute is as it was. */
      readonly version?: { readonly attribute: string; readonly value: Json }
    }
  | { readonly kind: KindName; readonly holder: Holder }

export interface HintPage {
  readonly hints: readonly Hint[]
  /**
   * - `more`: ask again with this cursor, at once.
   * - `now`: nothing more at this moment; go on with this cursor another time.
   * - `lost`: something happened that nobody can tell any more (the target keeps its records only so long, or does
   *   not name what changed): only reading everything tells what is.
   */
  readonly end:
    { readonly is: 'more' | 'now'; readonly cursor: Json } | { readonly is: 'lost'; readonly why: Failure }
}

/** A target that tells what has changed since a moment. Hints may repeat, come late and in any order. */
export interface Hints {
  /** The target's permissions needed; all of them. */
  readonly scopes: readonly string[]
  /** In words, for messages: `follow changes`. */
  readonly capability: string
  /** The kinds whose changes are hinted, each with `find` or `held`. The others are only read by full runs. */
  readonly kinds: readonly KindName[]
  /** A cursor from which everything is hinted that happens after this call. */
  start(session: Session): Promise<{ readonly cursor: Json } | { readonly failure: Failure }>
  read(session: Session, cursor: Json): Promise<{ readonly page: HintPage } | { readonly failure: Failure }>
}

/** Whose grants are meant. */
export interface Holder {
  /** The account's external id. */
  readonly account: string
  /** Only within this container (roles inside one organization); needed where the target has no wider answer. */
  readonly within?: string
}

export interface Connector {
  readonly manifest: Manifest
  /** Hosts of this kind of target that need no listing by the operator, as domain suffixes: `auth0.com`. */
  readonly hosts: readonly string[]
  /** Names a request for statistics, e.g. `GET /roles/{id}/users`. Give it to `openDoor`. */
  route(method: string, path: string): string
  /** What is known of the target's rate limits; absent, only its answers say. */
  readonly rate?: RateRules
  /**
   * Checks and normalises what was typed. No request is made. `extraHosts` are the hosts the operator listed,
   * each `host` or `host:port`.
   */
  checkConfig(
    config: Readonly<Record<string, string>>,
    extraHosts: readonly string[],
  ): {
    readonly config: Readonly<Record<string, string>>
    readonly failures: readonly Failure[]
  }
  /** What the entered scopes mean. Pure. */
  adviseScopes(scopes: string, wanted?: readonly string[]): ScopeAdvice
  /** Ready snippets that make the application in the target with exactly these permissions. Pure. */
  setupSnippets?(request: SnippetRequest): readonly SetupSnippet[]
  /** Never throws and never stops at the first fault: later checks are `skipped` with the reason. */
  test(session: Session, listen?: TestListener): Promise<readonly Check[]>
  /**
   * The permissions the target really granted to this session. Costs at most the token request.
   */
  grantedScopes(
    session: Session,
  ): Promise<{ readonly scopes: readonly string[] } | { readonly failure: Failure }>
  /** The words for permissions that were not granted, the same as when the target refuses a request for their lack. */
  missingScopes?(scopes: readonly string[], capability: string): Failure
  /** What a run would take, and by which routes. Pure. */
  forecast?(input: ForecastInput): ReadForecast
  readonly read: Readonly<Record<KindName, (session: Session, request: PageRequest) => Promise<ReadResult>>>
  /**
   * Looks up one account or entitlement by its id, where the target answers at once and not from an index that lags.
   * `{ found: null }` is a proof that it does not exist. A record nothing can be made of is a failure of kind `defect`.
   */
  readonly find?: Readonly<Record<KindName, (session: Session, id: string) => Promise<FindResult>>>
  /**
   * For kinds of grants: everything one account holds of that kind, all of it or a failure, again without lag. An
   * account that does not exist holds nothing.
   */
  readonly held?: Readonly<Record<KindName, (session: Session, holder: Holder) => Promise<HeldResult>>>
  /** One function per action of the manifest: exactly one writing request, never repeated by itself. */
  readonly apply?: Readonly<Record<ActionName, Apply>>
  /**
   * Looks up the one object of a kind that has these values, by what the target keeps unique, again without lag.
   * `{ found: null }` is a proof that there is none.
   */
  readonly match?: Readonly<Record<KindName, (session: Session, key: NaturalKey) => Promise<FindResult>>>
  /**
   * Everything wrong with a change that can be known without asking: its shape (`checkShape`), the target's rules, and
   * permissions missing among `scopes`. `observed` is the targeted object as last seen, null when there is none or it
   * was never seen. Pure. Empty: it may be sent.
   */
  checkChange?(change: Change, observed: Observation | null, scopes: readonly string[]): readonly Failure[]
  /** Where to look to know whether a change is in effect. Pure. Empty: nothing of it can be seen. */
  looks?(change: Change): readonly Look[]
  /** The request a look is, as `route` names it, for forecasts; null where there is none. Pure. */
  lookRoute?(look: Look): string | null
  /**
   * Is what was found there (in the order of `looks`) already what the change wants? Null: it cannot be told. Pure.
   */
  inEffect?(change: Change, found: readonly (readonly Observation[])[]): boolean | null
  readonly hints?: Hints
  /** Everything one account may do, asked for now: for what cannot be read in bulk. One request for each 100. */
  readonly permissions?: (session: Session, account: string) => Promise<PermissionsResult>
}
