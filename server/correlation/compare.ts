import { isDeepStrictEqual } from 'node:util'
import type { Key } from './keys-of.ts'
import type { KeyRow } from './store-keys.ts'
import type { CandidateRow } from './store-match.ts'

/** What is stored against what should be: only the difference is written. Pure. */

export function compareKeys(
  accountId: string,
  stored: readonly KeyRow[],
  wanted: readonly Key[],
): { readonly removed: readonly KeyRow[]; readonly put: readonly KeyRow[] } {
  const placeOf = ({ space, value }: Key) => `${space}\n${value}`
  const before = new Map(stored.map((row) => [placeOf(row), row]))
  const after = new Set(wanted.map(placeOf))
  return {
    removed: stored.filter((row) => !after.has(placeOf(row))),
    put: wanted
      .filter((key) => before.get(placeOf(key))?.trusted !== key.trusted)
      .map((key) => ({ accountId, ...key })),
  }
}

export function compareCandidates(
  stored: readonly CandidateRow[],
  wanted: readonly CandidateRow[],
): { readonly removed: readonly CandidateRow[]; readonly put: readonly CandidateRow[] } {
  const placeOf = ({ accountId, identityId }: CandidateRow) => `${accountId} ${identityId}`
  const before = new Map(stored.map((row) => [placeOf(row), row]))
  const after = new Set(wanted.map(placeOf))
  return {
    removed: stored.filter((row) => !after.has(placeOf(row))),
    put: wanted.filter((row) => !isDeepStrictEqual(before.get(placeOf(row)), row)),
  }
}
