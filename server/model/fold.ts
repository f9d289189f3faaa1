/** Latin letters Unicode does not take apart. */
const letters: Readonly<Record<string, string>> = {
  ł: 'l',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ı: 'i',
  ħ: 'h',
  ŧ: 't',
}

/**
 * For order and search: case, accents and width do not count. Done here and not in SQL, so that every database sorts
 * and finds alike, whatever its locale. Pure.
 */
export function fold(text: string): string {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
  return plain.replace(/[łøđðþßæœıħŧ]/g, (letter) => letters[letter]!)
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
