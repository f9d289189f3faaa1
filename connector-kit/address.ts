import { BlockList, isIP } from 'node:net'

const refused = new BlockList()
// IANA special-purpose registries: https://www.iana.org/assignments/iana-ipv4-special-registry
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  refused.addSubnet(network, prefix, 'ipv4')

const global6 = new BlockList()
global6.addSubnet('2000::', 3, 'ipv6')

const refused6 = new BlockList()
// Teredo, ORCHID, documentation, 6to4: inside 2000::/3, but not addresses of a public web service.
for (const [network, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  refused6.addSubnet(network, prefix, 'ipv6')

/**
 * Is this the address of a machine on the public internet? False for loopback, private, link-local (with the cloud
 * metadata address), carrier-grade NAT, unique-local, mapped, multicast, documentation and anything unparsable.
 * An address behind the well-known NAT64 prefix is judged by the IPv4 address inside it.
 */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address)
  if (family === 4) return !refused.check(address, 'ipv4')
  if (family !== 6 || address.includes('%')) return false
  const inside = nat64Inside(address)
  if (inside !== null) return !refused.check(inside, 'ipv4')
  return global6.check(address, 'ipv6') && !refused6.check(address, 'ipv6')
}

// 64:ff9b::/96, RFC 6052: networks without IPv4 answer every name with such an address.
function nat64Inside(address: string): string | null {
  const match = /^64:ff9b::(?:([0-9a-f]{1,4}):)?([0-9a-f]{1,4})$/i.exec(address)
  if (!match) return null
  const high = Number.parseInt(match[1] ?? '0', 16)
  const low = Number.parseInt(match[2] ?? '0', 16)
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}
