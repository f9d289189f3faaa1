import {
  type Bucket,
  type BucketState,
  freshState,
  hear,
  type Heard,
  refilled,
  sizeOf,
  take,
  waitOf,
} from './bucket.ts'
import type { Clock } from './clock.ts'
import type { CustomRate } from './connector.ts'
import { FailureError } from './failure.ts'
import { type BucketStates, type LedgerChange, memoryLedger, type RateLedger } from './ledger.ts'
import { type Pace, throttled, toldWait, wholeHeader, type WaitListener } from './pace.ts'

/** What a connector knows about its target's rate limits. Pure. */
export interface RateRules {
  /** The names of the plans there are. */
  readonly plans: readonly string[]
  /**
   * The buckets a request on this route draws from, the widest first; null when the plan is none of these, or the route
   * has limits that no plan names: then only answers can say.
   */
  bucketsOf(plan: string | CustomRate, route: string): readonly Bucket[] | null
  /** The plans on which these routes have the limits (sizes of buckets) that answers named. */
  plansOf(heard: ReadonlyMap<string, number>): readonly string[]
}

export interface RateOptions {
  readonly rules?: RateRules
  /** One of the connector's plans, a limit of its own, or anything else: then answers say. */
  readonly plan?: string | CustomRate
  /** The part of each limit left to others: 0…0.9. Default 0.2. */
  readonly reserve?: number
  /** Shared with everybody who works on the target. Default: this door's own. */
  readonly ledger?: RateLedger
  /** Told when the ledger is away; requests are then paced by what this process knows. */
  readonly onDefect?: (error: unknown) => void
}

export interface GovernorOptions extends RateOptions {
  readonly clock: Clock
  readonly onWait?: WaitListener
  /** Longer waits are not slept but reported as `http.throttled` with `notBefore`. Default 20 s. */
  readonly maxWaitMs?: number
  readonly random?: () => number
}

/** A time to go, or that it is too far away. */
interface Turn {
  readonly ms: number
  readonly isBlocked: boolean
  readonly isTaken: boolean
  /** The bucket that makes it wait. */
  readonly label: string
  /** Something is known about the size of one of the buckets. */
  readonly isSized: boolean
}

/**
 * Keeps a target's rate limits: each request takes a token from every bucket it draws from and goes when its turn has
 * come. What the buckets are comes from the connector and the plan; what is really left comes from `x-ratelimit-*`.
 *
 * With no plan the first request goes alone, because its answer tells which plan it is; where no plan fits, each route
 * is a bucket of its own, learned from its answers.
 */
export function openGovernor(options: GovernorOptions): Pace {
  const { clock, onWait, reserve = 0.2, maxWaitMs = 20_000, random = Math.random } = options
  const plans = planFinder(options)
  const ledger = ledgerOf(options)
  const said = notebook(clock)
  const first = firstAlone(() => plans.isOpen())
  const line = waitingLine()

  /** Everything heard so far goes into the books, and a turn is looked for. */
  async function book(buckets: readonly Bucket[], isAgain = false): Promise<Turn> {
    const ask = { reserve, maxWaitMs, isAgain }
    const turn = await ledger.update((states, now) => decideTurn(buckets, states, said.takeAll(), ask, now))
    said.asked(buckets, turn)
    return turn
  }

  /** Sleeps until the turn has come. When a request was refused meanwhile, the turns are given out anew. */
  async function sleepUntil(given: Turn, buckets: readonly Bucket[], signal?: AbortSignal): Promise<void> {
    for (let turn = given; ; turn = await book(buckets, true)) {
      if (!turn.isTaken) throw new FailureError(throttled(clock.now() + turn.ms, turn.label))
      if (turn.ms === 0) return
      onWait?.(turn.isBlocked ? 'rate-limit' : 'reserve', turn.ms, turn.label)
      await clock.sleep(turn.ms, signal)
      if (!said.isBlocked(buckets)) return
    }
  }

  async function draw(buckets: readonly Bucket[], signal?: AbortSignal): Promise<void> {
    const leave = await line.enter(buckets.at(-1)!.name, signal)
    try {
      const turn = await book(buckets)
      said.left(buckets)
      await sleepUntil(turn, buckets, signal).catch((error: unknown) => {
        said.back(buckets)
        throw error
      })
    } finally {
      leave()
    }
  }

  return {
    async before(route, signal) {
      const release = await first.enter(plans.governs(route), signal)
      const buckets = plans.bucketsOf(route)
      const isDrawn = buckets.some((bucket) => bucket.limit !== null || said.mayLimit(bucket))
      try {
        if (isDrawn) await draw(buckets, signal)
      } catch (error) {
        release()
        throw error
      }
      const ended = () => {
        if (isDrawn) said.back(buckets)
      }
      return {
        answered(status, headers) {
          ended()
          const limit = wholeHeader(headers, 'x-ratelimit-limit')
          plans.heard(route, limit)
          const waitMs = toldWait(headers, clock.now())
          const isRefused = said.listen(plans.bucketsOf(route), { status, headers, limit, waitMs }, random())
          release()
          // A refusal concerns everybody at once; what else was heard can wait for the next turn.
          if (isRefused) void book([])
        },
        lost() {
          ended()
          release()
        },
      }
    },
  }
}

interface Ask {
  readonly reserve: number
  readonly maxWaitMs: number
  /** It had a turn that is void now: its tokens go back first. */
  readonly isAgain: boolean
}

/** Pure: takes a token of each bucket, unless the turn is too far away. */
function decideTurn(
  buckets: readonly Bucket[],
  states: BucketStates,
  notes: readonly Note[],
  { reserve, maxWaitMs, isAgain }: Ask,
  now: number,
): LedgerChange<Turn> {
  const changed: Record<string, BucketState> = {}
  const stateOf = (bucket: Bucket) =>
    refilled(bucket, changed[bucket.name] ?? states[bucket.name] ?? freshState(bucket, now), now)
  for (const { bucket, heard } of notes) changed[bucket.name] = hear(bucket, stateOf(bucket), heard, now)
  let turn: Turn = { ms: 0, isBlocked: false, isTaken: true, label: '', isSized: false }
  for (const bucket of buckets) {
    const state = isAgain ? take(bucket, stateOf(bucket), -1) : stateOf(bucket)
    changed[bucket.name] = state
    const { ms, isBlocked } = waitOf(bucket, state, reserve, now)
    const isSized = turn.isSized || sizeOf(bucket, state) !== null
    turn =
      ms > turn.ms
        ? { ms, isBlocked, label: bucket.label, isTaken: ms <= maxWaitMs, isSized }
        : { ...turn, isSized }
  }
  if (turn.isTaken)
    for (const bucket of buckets) changed[bucket.name] = take(bucket, changed[bucket.name]!, 1)
  return { states: changed, value: turn }
}

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly limit: number | null
  readonly waitMs: number | null
}

interface Note {
  readonly bucket: Bucket
  readonly heard: Heard
}

/** What this governor has on its way and has heard: per bucket the newest answer, until it is in the ledger. */
function notebook(clock: Clock) {
  const pending = new Map<string, number>()
  const notes = new Map<string, { bucket: Bucket; heard: Omit<Heard, 'ageMs'>; at: number }>()
  const blocked = new Map<string, number>()
  /** Sizes heard; null: the ledger was asked and knows none. */
  const known = new Map<string, number | null>()
  const count = (buckets: readonly Bucket[], by: number) => {
    for (const { name } of buckets) pending.set(name, (pending.get(name) ?? 0) + by)
  }
  /** Headers do not name their bucket: its size tells, or else it is the narrowest. */
  const bucketMeant = (buckets: readonly Bucket[], limit: number | null): Bucket => {
    const narrowFirst = [...buckets].reverse()
    const found =
      narrowFirst.find((bucket) => bucket.limit?.burst === limit) ??
      narrowFirst.find(({ name }) => known.get(name) === limit)
    return found ?? narrowFirst[0]!
  }
  return {
    left: (buckets: readonly Bucket[]) => count(buckets, 1),
    back: (buckets: readonly Bucket[]) => count(buckets, -1),
    asked(buckets: readonly Bucket[], { isSized, ms }: Turn) {
      for (const { name } of buckets) if (!known.has(name) && !isSized && ms === 0) known.set(name, null)
    },
    /** False when there is no such limit as far as anybody has heard. */
    mayLimit: ({ name }: Bucket) => known.get(name) !== null || blocked.has(name),
    /** @returns whether it was a refusal */
    listen(buckets: readonly Bucket[], { status, headers, limit, waitMs }: Answer, random: number): boolean {
      const refused = status === 429
      if (limit === null && !refused) return false
      const bucket = bucketMeant(buckets, limit)
      const { name } = bucket
      const at = clock.monotonic()
      const before = notes.get(name)?.heard
      const remaining = wholeHeader(headers, 'x-ratelimit-remaining')
      const newest = { limit, remaining, refused, waitMs, random, pending: pending.get(name) ?? 0 }
      // A refusal is not forgotten for an answer that came just after it.
      const isOld = before?.refused === true && !refused
      const heard = isOld ? { ...newest, refused: true, waitMs: before.waitMs } : newest
      notes.set(name, { bucket, heard, at })
      if (limit !== null) known.set(name, limit)
      if (refused) blocked.set(name, at + (waitMs ?? 1000))
      return refused
    },
    isBlocked: (buckets: readonly Bucket[]) =>
      buckets.some(({ name }) => (blocked.get(name) ?? 0) > clock.monotonic()),
    takeAll(): readonly Note[] {
      const now = clock.monotonic()
      const all = [...notes.values()].map(({ bucket, heard, at }) => ({
        bucket,
        heard: { ...heard, ageMs: now - at },
      }))
      notes.clear()
      return all
    },
  }
}

/** Which plan to go by: the one that was set while answers do not speak against it, or the one they speak for. */
function planFinder({ rules, plan = 'unknown' }: RateOptions) {
  const limits = new Map<string, number>()
  let fitting: string | CustomRate = plan
  let isOpen = rules !== undefined && typeof plan === 'string' && !rules.plans.includes(plan)
  const governs = (route: string) => rules !== undefined && rules.bucketsOf(rules.plans[0]!, route) !== null
  const alone = (route: string): readonly Bucket[] => [{ name: route, label: route, limit: null }]
  return {
    governs,
    /** Nobody has said which plan it is, and an answer would. */
    isOpen: () => isOpen,
    bucketsOf: (route: string) => rules?.bucketsOf(fitting, route) ?? alone(route),
    heard(route: string, limit: number | null) {
      if (!rules || !governs(route)) return
      isOpen = false
      if (limit === null || typeof plan !== 'string' || limits.get(route) === limit) return
      limits.set(route, limit)
      const fits = rules.plansOf(limits)
      // Of several that fit none is chosen: what is learned route by route serves better than a wrong guess.
      fitting = fits.length === 0 || fits.includes(plan) ? plan : fits.length === 1 ? fits[0]! : 'unknown'
    },
  }
}

/** While `isOpen`, one request at a time. */
function firstAlone(isOpen: () => boolean) {
  let ahead: Promise<void> | null = null
  return {
    async enter(isGoverned: boolean, signal?: AbortSignal): Promise<() => void> {
      while (isGoverned && ahead && isOpen()) await orAborted(ahead, signal)
      if (!isGoverned || !isOpen()) return () => {}
      let release = () => {}
      const mine = new Promise<void>((resolve) => {
        release = resolve
      })
      ahead = mine
      return () => {
        if (ahead === mine) ahead = null
        release()
      }
    },
  }
}

/**
 * Of all who wait for one bucket here, one has a turn; the next gets its own after that. So whoever comes from elsewhere,
 * such as a test of the connection while a sync is at it, waits for one turn of ours and not for all.
 */
function waitingLine() {
  const ends = new Map<string, Promise<void>>()
  return {
    async enter(name: string, signal?: AbortSignal): Promise<() => void> {
      let leave = () => {}
      const mine = new Promise<void>((resolve) => {
        leave = resolve
      })
      const before = ends.get(name) ?? Promise.resolve()
      ends.set(
        name,
        before.then(() => mine),
      )
      await orAborted(before, signal).catch((error: unknown) => {
        leave()
        throw error
      })
      return leave
    },
  }
}

async function orAborted(promise: Promise<void>, signal?: AbortSignal): Promise<void> {
  if (!signal) return promise
  const stop = new AbortController()
  try {
    await Promise.race([
      promise,
      new Promise<never>((_, reject) => {
        const abort = () => reject(signal.reason as Error)
        if (signal.aborted) abort()
        signal.addEventListener('abort', abort, { signal: stop.signal })
      }),
    ])
  } finally {
    stop.abort()
  }
}

/** The shared ledger; while it is away, one of our own. */
function ledgerOf({ ledger, clock, onDefect }: GovernorOptions): RateLedger {
  const own = memoryLedger(clock)
  if (!ledger) return own
  return {
    update: (change) =>
      ledger.update(change).catch((error: unknown) => {
        onDefect?.(error)
        return own.update(change)
      }),
  }
}
