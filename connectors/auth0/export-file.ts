import { type Download, FailureError, type Session } from '@owlie/connector-kit'

const memoKey = 'auth0.export'

/** An export's file as far as it was read in this session. Kept between pages, because the file is read once. */
interface OpenFile {
  readonly job: string
  readonly lines: AsyncGenerator<string, void>
  /** Lines taken so far. */
  line: number
}

const longestLine = 8 * 1024 * 1024

/**
 * Some lines of a job's file, from a place in it. Goes on in the file that is open; a new session downloads it again
 * and skips what was read. `done` only when the file ended, whole. `linkOf` gives an address that works now.
 * @throws FailureError the door's; `auth0.export_link` when the address is refused
 */
export async function readLines(
  session: Session,
  job: string,
  from: number,
  most: number,
  linkOf: () => Promise<string>,
): Promise<{ readonly lines: readonly string[]; readonly done: boolean }> {
  let file = session.memo.get(memoKey) as OpenFile | undefined
  if (!file || file.job !== job || file.line !== from) {
    await closeFile(session)
    file = { job, lines: linesOf(await open(session, await linkOf())), line: 0 }
    session.memo.set(memoKey, file)
  }
  const taken: string[] = []
  try {
    while (taken.length < most) {
      const next = await file.lines.next()
      if (next.done) {
        session.memo.delete(memoKey)
        // A file shorter than before is not the one that was read from.
        if (file.line < from) throw new FailureError(refusedLink)
        return { lines: taken, done: true }
      }
      file.line += 1
      if (file.line > from) taken.push(next.value)
    }
    return { lines: taken, done: false }
  } catch (error) {
    session.memo.delete(memoKey)
    throw error
  }
}

export async function closeFile(session: Session): Promise<void> {
  const file = session.memo.get(memoKey) as OpenFile | undefined
  session.memo.delete(memoKey)
  await file?.lines.return().catch(() => undefined)
}

async function open(session: Session, link: string): Promise<Download> {
  const download = await session.http.download(link, 'GET export file', { signal: session.signal })
  if (download.status === 200) return download
  await download.chunks.return().catch(() => undefined)
  throw new FailureError(refusedLink)
}

const refusedLink = {
  kind: 'unavailable',
  code: 'auth0.export_link',
  message: 'The file of an export could not be had at the address Auth0 gave.',
  remedy:
    'Nothing to do: Owlie asks for a new address, and reads the users another way if that does not help.',
} as const

async function* linesOf({ chunks }: Download): AsyncGenerator<string, void> {
  const decoder = new TextDecoder('utf-8')
  let rest = ''
  try {
    for await (const chunk of chunks) {
      const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = parts.pop()!
      if (rest.length > longestLine) throw new FailureError(refusedLink)
      for (const line of parts) if (line.trim() !== '') yield line
    }
    rest += decoder.decode()
    if (rest.trim() !== '') yield rest
  } finally {
    await chunks.return().catch(() => undefined)
  }
}
