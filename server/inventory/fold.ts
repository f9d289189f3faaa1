/**
 * For order and search: case, accents and width do not count. Done here and not in SQL, so that every database sorts
 * and finds alike, whatever its locale. Pure.
 */
export function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
}

/** The start of a folded text that fits `bytes` in UTF-8, cut between characters. */
export function clip(text: string, bytes: number): string {
  if (text.length * 3 <= bytes) return text
  let used = 0
  let end = 0
  for (const character of text) {
    used += Buffer.byteLength(character)
    if (used > bytes) break
    end += character.length
  }
  return text.slice(0, end)
}
