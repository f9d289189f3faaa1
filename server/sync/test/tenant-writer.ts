import type { Sandbox } from '@owlie/auth0-sandbox'
import { openDoor } from '@owlie/connector-kit'

/** Writes to the sandbox tenant as another application of it would, so that its log tells of them. */
export interface TenantWriter {
  /** Below `/api/v2`. @throws when it is refused */
  write(method: string, path: string, body?: object): Promise<Record<string, unknown>>
  close(): Promise<void>
}

export async function openWriter(sandbox: Sandbox): Promise<TenantWriter> {
  const door = openDoor({
    policy: { suffixes: [], extra: [sandbox.domain] },
    ca: sandbox.caPem,
    route: (method) => method,
  })
  const { clientId, clientSecret } = sandbox.applications.everything
  const send = async (method: string, url: string, body: object | undefined, token?: string) => {
    const answer = await door.fetch(`https://${sandbox.domain}${url}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    const text = await answer.text()
    if (answer.status >= 400) throw new Error(`${answer.status} ${text}`)
    return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
  }
  const grant = {
    ...{ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret },
    audience: `https://${sandbox.domain}/api/v2/`,
  }
  const { access_token: token } = await send('POST', '/oauth/token', grant)
  return {
    write: (method, path, body) => send(method, `/api/v2${path}`, body, String(token)),
    close: () => door.close(),
  }
}
