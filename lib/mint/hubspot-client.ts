// One HTTP call to HubSpot: the request, and the parsed answer or the fault. No retry, no cache, no Express.
import { type Agent, Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Duplex } from 'node:stream'
import nodeFetch from 'node-fetch'
import * as z from 'zod/mini'
import { summarizeCause } from '../errors.js'
import type { Visitor } from '../visitor/visitor.js'
import { badResponse, faultFromStatus, networkFault, type Refusal } from './hubspot-faults.js'
import { isToken } from './token.js'
import { VERSION } from './version.js'

/** The part of a fetch function that is used; the global fetch and node-fetch both fit. */
export type FetchLike = (url: string, init: FetchInit) => Promise<FetchResponse>

/** The request as `fetch` gets it. */
export type FetchInit = {
  method: 'POST'
  headers: Record<string, string>
  body: string
  redirect: 'manual'
  signal: AbortSignal
}

/** The part of the response that is read. */
export type FetchResponse = {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  readonly body?: unknown
  text(): Promise<string>
}

/** The result of one call. */
export type HubSpotAnswer =
  | { readonly ok: true; readonly token: string; readonly status: number }
  | ({ readonly ok: false } & Refusal)

/** The input of one call. */
export type MintCall = {
  readonly visitor: Visitor
  readonly accessToken: string
  /** Leaves `hsCustomerAgentContext` out of the body. */
  readonly withoutContext: boolean
  readonly signal: AbortSignal
}

/** The settings of the HTTP call. */
export type ClientSettings = {
  readonly apiVersion: string
  readonly baseUrl: URL
  readonly fetch?: FetchLike | undefined
  readonly agent?: Agent | undefined
}

/** Far larger than any answer of this API; the limit keeps an endless answer from filling the memory. */
const MAX_ANSWER_BYTES = 64 * 1024

const answerSchema = z.object({ token: z.custom<string>(isToken) })

/** Creates the function that asks HubSpot for one token. It never throws. */
export function createHubSpotClient(settings: ClientSettings): (call: MintCall) => Promise<HubSpotAnswer> {
  const base = settings.baseUrl.href.replace(/\/$/, '')
  const url = `${base}/visitor-identification/${settings.apiVersion}/tokens/create`
  const send = settings.fetch ?? createNodeFetch(settings)

  return async function askForToken({ visitor, accessToken, withoutContext, signal }) {
    try {
      const response = await send(url, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${accessToken}`,
          'content-type': 'application/json',
          accept: 'application/json',
          'user-agent': `express-hubspot-identification/${VERSION}`
        },
        body: JSON.stringify(bodyFromVisitor(visitor, withoutContext)),
        // Following a redirect would send the access token to another host.
        redirect: 'manual',
        signal
      })
      if (!(response.status >= 200 && response.status <= 299))
        return faultFromStatus(response, await readDetails(response, signal))
      const body = await readBody(response, signal)
      return body === undefined
        ? badResponse(response.status, 'is larger than 64 KiB')
        : tokenFromBody(response.status, body)
    } catch (thrown) {
      return networkFault(summarizeCause(thrown), signal.aborted)
    }
  }
}

/**
 * HubSpot's current specifications list `hsCustomerAgentContext` as required, its reference pages leave it out. An empty object is
 * sent by default.
 */
function bodyFromVisitor({ email, firstName, lastName, customerAgentContext }: Visitor, withoutContext: boolean) {
  return {
    email,
    firstName,
    lastName,
    hsCustomerAgentContext: withoutContext ? undefined : (customerAgentContext ?? {})
  }
}

function tokenFromBody(status: number, body: string): HubSpotAnswer {
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch {
    return badResponse(status, 'is not JSON')
  }
  const answer = answerSchema.safeParse(json)
  return answer.success
    ? { ok: true, token: answer.data.token, status }
    : badResponse(status, 'carries no usable token')
}

/** The body of a refusal; `''` when it is cut off, stalls or is too large, because the status alone counts then. */
async function readDetails(response: FetchResponse, signal: AbortSignal): Promise<string> {
  const body = await readBody(response, signal).catch(() => undefined)
  return body ?? ''
}

/** Reads the body; `undefined` when it is larger than allowed. */
async function readBody(response: FetchResponse, signal: AbortSignal): Promise<string | undefined> {
  const { body } = response
  if (typeof body !== 'object' || body === null || !(Symbol.asyncIterator in body)) {
    const text = await response.text()
    return Buffer.byteLength(text) > MAX_ANSWER_BYTES ? undefined : text
  }
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    signal.throwIfAborted()
    size += chunk.byteLength
    if (size > MAX_ANSWER_BYTES) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** node-fetch with the app's agent, or with a keep-alive agent of this instance. */
function createNodeFetch({ baseUrl, agent }: ClientSettings): FetchLike {
  const connections = agent ?? createAgent(baseUrl.protocol === 'https:')
  // Listed one by one: an object made by spreading gets a new V8 hidden class each time, which slows down node-fetch.
  return (url, { method, headers, body, redirect, signal }) =>
    nodeFetch(url, { method, headers, body, redirect, signal, agent: connections }) as Promise<FetchResponse>
}

/**
 * A keep-alive agent whose sockets never keep the process alive, even during a renewal. Node refs the socket for each request, so it
 * is unref'd each time. A caller that has to wait for a mint keeps the process alive with a timer.
 */
function createAgent(secure: boolean): Agent {
  const agent = secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true })
  const hooks = agent as unknown as AgentHooks
  const { createConnection, reuseSocket } = hooks
  hooks.createConnection = (...args) => {
    const socket = unref(createConnection.apply(agent, args))
    // When a host has several addresses, each attempt uses a new handle.
    socket.on('connectionAttempt', () => unref(socket))
    return socket
  }
  hooks.reuseSocket = (socket, request) => {
    reuseSocket.call(agent, socket, request)
    unref(socket)
  }
  return agent
}

/** Two methods of http.Agent that Node documents for overriding: https://nodejs.org/api/http.html#class-httpagent */
type AgentHooks = {
  createConnection(...args: unknown[]): Duplex
  reuseSocket(socket: Duplex, request: unknown): void
}

function unref<T extends Duplex>(socket: T): T {
  if ('unref' in socket && typeof socket.unref === 'function') socket.unref()
  return socket
}
