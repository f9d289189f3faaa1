import { startEmbedded } from '../index.ts'

/**
 * A process that starts or adopts the server of a directory, as an Owlie does, and says so by message. `stop` ends its
 * use; a connection of its own stays open meanwhile, as a pool would.
 */
const server = await startEmbedded({ dataDirectory: process.env['DIRECTORY']! })
const { url, adopted, pid } = server
process.send!({ url, adopted, pid })
process.on('message', () => {
  void server.stop().then((result) => {
    process.send!({ result })
    process.disconnect()
  })
})
