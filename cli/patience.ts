import { setTimeout as sleep } from 'node:timers/promises'
import type { Api } from './api.ts'
import { refuse, Refused } from './exit.ts'
import { dim, say } from './talk.ts'

const patienceMs = 60_000

/**
 * For following what the server does by itself: a restart in the middle is no end of it. Asks again for a minute, says
 * so once, and when it gives up names the command that looks again. Only for questions; a change is never sent twice.
 */
export function patient(api: Api, signal: AbortSignal, later: string): Api {
  let saidSo = false
  return {
    ...api,
    async send<T>(document: string, variables?: Record<string, unknown>): Promise<T> {
      for (let until = 0; ; await sleep(1_000, undefined, { signal })) {
        try {
          return await api.send<T>(document, variables)
        } catch (error) {
          if (!isAway(error)) throw error
          until ||= Date.now() + patienceMs
          if (Date.now() > until) throw givenUp(api, later)
          if (!saidSo) say(dim(`${api.url} does not answer; asking again. What was begun is not lost.`))
          saidSo = true
        }
      }
    },
  }
}

function isAway(error: unknown): boolean {
  return error instanceof Refused && error.failures[0]?.code === 'cli.no_server'
}

function givenUp(api: Api, later: string): Refused {
  const remedy = `What was begun goes on when the server runs. Look with: ${later}`
  return refuse('unavailable', 'cli.no_server', `No answer from ${api.url} for a minute.`, remedy)
}
