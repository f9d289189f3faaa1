/**
 * Gathers the keys asked for in one turn of the event loop and fetches them with one call; lives for one request, so
 * nothing is remembered longer than the answer it belongs to. `fetch` gives a value per key it knows.
 */
export function batch<Key, Value>(
  fetch: (keys: readonly Key[]) => Promise<ReadonlyMap<Key, Value>>,
): (key: Key) => Promise<Value | undefined> {
  const asked = new Map<Key, Promise<Value | undefined>>()
  let waiting: { keys: Key[]; found: Promise<ReadonlyMap<Key, Value>> } | null = null

  const gather = (): { keys: Key[]; found: Promise<ReadonlyMap<Key, Value>> } => {
    const keys: Key[] = []
    const found = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      waiting = null
      return fetch(keys)
    })
    return { keys, found }
  }

  return (key) => {
    const known = asked.get(key)
    if (known) return known
    waiting ??= gather()
    waiting.keys.push(key)
    const value = waiting.found.then((values) => values.get(key))
    asked.set(key, value)
    return value
  }
}
