// Exactly one HTTP call to HubSpot: the request, the parsed answer, and status to fault. No retry, no cache, no Express.
import { type Agent, Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Duplex } from 'node:stream'
import nodeFetch from 'node-fetch'
import * as z from 'zod/mini'
import { summarizeCause } from '../errors.js'
import type { Visitor } from '../visitor/visitor.js'
import { badResponse, faultFromStatus, networkFault, type Refusal } from './refusal.js'
import { isToken } from './token.js'
import { VERSION } from './version.js'

/** What the client needs of a fetch; the global one and node-fetch both fit. */
export type FetchLike = (url: string, init: FetchInit) => Promise<FetchResponse>

/** How the call is made. */
export type FetchInit = {
  method: 'POST'
  headers: Record<string, string>
  body: string
  redirect: 'manual'
  signal: AbortSignal
}

/** What is read of the answer. */
export type FetchResponse = {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  readonly body?: unknown
  text(): Promise<string>
}

/** What one call gave. */
export type HubSpotAnswer =
  | { readonly ok: true; readonly token: string; readonly status: number }
  | ({ readonly ok: false } & Refusal)

/** One call: who is to be identified, with which credential, and when to give up. */
export type MintCall = {
  readonly visitor: Visitor
  readonly accessToken: string
  /** Leaves `hsCustomerAgentContext` out of the body. */
  readonly withoutContext: boolean
  readonly signal: AbortSignal
}

/** The part of the settings that decides how HubSpot is called. */
export type ClientSettings = {
  readonly apiVersion: string
  readonly baseUrl: URL
  readonly fetch?: FetchLike | undefined
  readonly agent?: Agent | undefined
}

/** Far more than any answer of this API; an endless one must not fill the memory. */
const MAX_ANSWER_BYTES = 64 * 1024

const answerSchema = z.object({ token: z.custom<string>(isToken) })

/** Makes the function that asks HubSpot for one token. It never throws. */
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
        // A redirect would carry the credential to another host.
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
 * HubSpot's current specifications list `hsCustomerAgentContext` as required, its reference pages leave it out; an empty
 * object satisfies the first reading.
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

/** What a refusal says besides its status, which counts also when the rest is cut off, stalls or is too large. */
async function readDetails(response: FetchResponse, signal: AbortSignal): Promise<string> {
  const body = await readBody(response, signal).catch(() => undefined)
  return body ?? ''
}

/** Reads the body up to the cap; `undefined` when it is larger. */
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

/** node-fetch over a keep-alive agent of our own, or the app's. */
function createNodeFetch({ baseUrl, agent }: ClientSettings): FetchLike {
  const connections = agent ?? createAgent(baseUrl.protocol === 'https:')
  // Named one by one: what is made by a spread and more is of a shape of its own each time, and node-fetch reads it slowly.
  return (url, { method, headers, body, redirect, signal }) =>
    nodeFetch(url, { method, headers, body, redirect, signal, agent: connections }) as Promise<FetchResponse>
}

/**
 * A keep-alive agent whose sockets never keep the process alive, also not while a renewal is under way: node refs a socket
 * for each request, so it is let go again each time. Whoever waits for a mint holds the process by other means.
 */
function createAgent(secure: boolean): Agent {
  const agent = secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true })
  const hooks = agent as unknown as AgentHooks
  const { createConnection, reuseSocket } = hooks
  hooks.createConnection = (...args) => {
    const socket = letGo(createConnection.apply(agent, args))
    // A host's further addresses are tried with a new handle each.
    socket.on('connectionAttempt', () => letGo(socket))
    return socket
  }
  hooks.reuseSocket = (socket, request) => {
    reuseSocket.call(agent, socket, request)
    letGo(socket)
  }
  return agent
}

/** The two documented methods of http.Agent that are meant to be overridden: https://nodejs.org/api/http.html#class-httpagent */
type AgentHooks = {
  createConnection(...args: unknown[]): Duplex
  reuseSocket(socket: Duplex, request: unknown): void
}

function letGo<T extends Duplex>(socket: T): T {
  if ('unref' in socket && typeof socket.unref === 'function') socket.unref()
  return socket
}
