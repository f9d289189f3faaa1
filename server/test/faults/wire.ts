import { once } from 'node:events'
import net from 'node:net'

/** A TCP line between Owlie and a tenant, on which things go wrong. Bytes pass as they are, so TLS ends at the tenant. */
export interface Wire {
  readonly port: number
  /** Bytes that came back from the tenant and were handed on, since the start. */
  readonly received: () => number
  /** Connections Owlie has made. */
  readonly connections: () => number
  /** Where new connections lead. */
  to(port: number): void
  /** Nobody listens. */
  refuse(): Promise<void>
  listen(): Promise<void>
  /** Connections are taken, and what is sent on new ones goes nowhere. */
  swallow(on: boolean): void
  /** Connections that are open now break when they are used again, as those a firewall forgot. */
  breakOnUse(): void
  close(): Promise<void>
}

export async function openWire(): Promise<Wire> {
  const sockets = new Set<net.Socket>()
  const broken = new WeakSet<net.Socket>()
  let target = 0
  let swallows = false
  let received = 0
  let connections = 0
  const join = (client: net.Socket) => {
    connections += 1
    keep(client)
    client.on('data', () => {
      if (broken.has(client)) client.resetAndDestroy()
    })
    if (swallows) return
    const tenant = net.connect(target, '127.0.0.1')
    keep(tenant)
    client.pipe(tenant).pipe(client)
    tenant.on('data', (chunk: Buffer) => (received += chunk.length))
    client.on('close', () => tenant.destroy())
    tenant.on('close', () => client.destroy())
  }
  const keep = (socket: net.Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
  }
  let server = net.createServer(join)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  const stop = async () => {
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
  return {
    port,
    received: () => received,
    connections: () => connections,
    to: (at) => (target = at),
    refuse: stop,
    async listen() {
      server = net.createServer(join)
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
    },
    swallow: (on) => (swallows = on),
    breakOnUse() {
      for (const socket of sockets) broken.add(socket)
    },
    async close() {
      if (server.listening) await stop()
    },
  }
}
