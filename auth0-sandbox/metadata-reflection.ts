/**
 * The three functions of the Reflect metadata proposal that @peculiar/x509's container asks for when it is
 * loaded. Import it before that package. An existing polyfill is left alone.
 */
const store = new WeakMap<object, Map<unknown, unknown>>()

const own = (key: unknown, target: object): unknown => store.get(target)?.get(key)

function inherited(key: unknown, target: object | null): unknown {
  for (let at = target; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    if (store.get(at)?.has(key)) return own(key, at)
  }
  return undefined
}

function define(key: unknown, value: unknown, target: object): void {
  const known = store.get(target) ?? new Map<unknown, unknown>()
  store.set(target, known.set(key, value))
}

if (!('getMetadata' in Reflect)) {
  Object.assign(Reflect, { getMetadata: inherited, getOwnMetadata: own, defineMetadata: define })
}
