import { createServer } from 'node:net'

const tries = 50

/** Whether nothing listens on this address now. */
export function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)))
  })
}

/** The first free port from `from` upwards, or null when the next fifty are all taken. */
export async function nextFree(from: number, host: string): Promise<number | null> {
  for (let port = from; port < from + tries; port++) if (await isFree(port, host)) return port
  return null
}
