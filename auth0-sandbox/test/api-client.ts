/* eslint-disable @typescript-eslint/no-explicit-any -- answers have the shape the test says they have */
import { ManagementClient } from 'auth0'
import { Agent, fetch as undiciFetch, FormData as UndiciForm, type RequestInit as UndiciInit } from 'undici'
import type { Application, Sandbox } from '../index.ts'

export interface Answer<T = any> {
  status: number
  body: T
  headers: Headers
  text: string
}

/** A client of one application that trusts the sandbox's CA, without retries and without opinions. */
export interface ApiClient {
  token: string
  get<T = any>(path: string, headers?: Record<string, string>): Promise<Answer<T>>
  send<T = any>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer<T>>
}

const agents = new WeakMap<Sandbox, Agent>()

function agentOf(sandbox: Sandbox): Agent {
  const known = agents.get(sandbox)
  if (known) return known
  const agent = new Agent({ connect: { ca: sandbox.caPem } })
  agents.set(sandbox, agent)
  return agent
}

/** `fetch` that trusts this sandbox. */
export function fetchOf(sandbox: Sandbox): typeof fetch {
  const dispatcher = agentOf(sandbox)
  return ((input: string, init?: UndiciInit) =>
    undiciFetch(input, { ...init, ...formOf(init), dispatcher })) as unknown as typeof fetch
}

/** Node's own FormData is a stranger to the undici of npm. */
function formOf(init: UndiciInit | undefined): { body?: UndiciForm } {
  const given: unknown = init?.body
  if (!(given instanceof FormData)) return {}
  const body = new UndiciForm()
  for (const [name, value] of given) body.append(name, value as string)
  return { body }
}

export async function closeClients(sandbox: Sandbox): Promise<void> {
  await agents.get(sandbox)?.destroy()
}

export async function requestToken(
  sandbox: Sandbox,
  fields: Record<string, string>,
  init: { headers?: Record<string, string>; json?: boolean } = {},
): Promise<Answer> {
  const body = init.json ? JSON.stringify(fields) : new URLSearchParams(fields).toString()
  const type = init.json ? 'application/json' : 'application/x-www-form-urlencoded'
  const response = await fetchOf(sandbox)(`${sandbox.url}/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': type, ...init.headers },
    body,
  })
  return answerOf(response)
}

export const credentialsOf = (sandbox: Sandbox, application: Application): Record<string, string> => ({
  grant_type: 'client_credentials',
  client_id: application.clientId,
  client_secret: application.clientSecret,
  audience: `https://${sandbox.domain}/api/v2/`,
})

export async function openClient(
  sandbox: Sandbox,
  application: Application = sandbox.applications.everything,
): Promise<ApiClient> {
  const { body } = await requestToken(sandbox, credentialsOf(sandbox, application))
  const token = String(body.access_token)
  const send: ApiClient['send'] = async (method, path, body, headers = {}) => {
    const response = await fetchOf(sandbox)(`${sandbox.url}/api/v2${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    return answerOf(response)
  }
  return { token, send, get: (path, headers) => send('GET', path, undefined, headers) }
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text()
  const json = response.headers.get('content-type')?.includes('json') && text !== ''
  return {
    status: response.status,
    body: json ? JSON.parse(text) : undefined,
    headers: response.headers,
    text,
  }
}

/** The official SDK, as its documentation shows it, but trusting the sandbox and without retries. */
export function officialClient(
  sandbox: Sandbox,
  application: Application = sandbox.applications.everything,
  fetch = fetchOf(sandbox),
): ManagementClient {
  return new ManagementClient({
    domain: sandbox.domain,
    clientId: application.clientId,
    clientSecret: application.clientSecret,
    fetch,
    maxRetries: 0,
  })
}
