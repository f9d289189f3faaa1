import { startEmbedded } from '../index.ts'

/**
 * A process that starts or adopts the server of a directory, as an Owlie does, and says so by message. Any message
 * ends its use.
 */
const server = await startEmbedded({
  dataDirectory: process.env['DIRECTORY']!,
  unsafeFast: process.env['UNSAFE_FAST'] === 'true',
})
const { url, adopted, pid } = server
process.send!({ url, adopted, pid })
process.on('message', () => {
  void server.stop().then((result) => {
    process.send!({ result })
    process.disconnect()
  })
})
