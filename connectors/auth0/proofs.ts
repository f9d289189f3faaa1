import type { PageEnd } from '@owlie/connector-kit'
import { countLimit } from './user-walk.ts'

/** How the end of a list was proven, in words. They stand in a run's completeness statement, so each is exact. */

export const overlapProof =
  "Read by overlapping pages: each repeated the end of the one before it, and Auth0's count equals the ids received."
export const checkpointProof = 'Followed cursor by cursor until Auth0 gave no further one.'
export const goneProof = 'It was deleted while the run read, so nothing is in it any more.'

export const roundsProof =
  'All pages were read twice, and both rounds received exactly the same, as many as Auth0 counts.'

/** `count` is what Auth0 counted at the start; null where it gave no number. */
export function userProof(count: number | null): string {
  const walked = 'Walked by creation time to the end; users of one moment were drained.'
  const counted =
    count !== null && count < countLimit
      ? `Auth0 counts no more than were received.`
      : `Auth0 counts no further than ${countLimit.toLocaleString('en')}, so its count proves nothing more.`
  return `${walked} ${counted}`
}

/** The end of a page with its proof; ends of other kinds stay as they are. Pure. */
export function proven(end: PageEnd, proof: string): PageEnd {
  return end.is === 'complete' ? { is: 'complete', proof } : end
}
