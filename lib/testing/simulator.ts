// Starts and stops the simulator, and sends each request to the part that answers it.
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Answer, parseJson, readBody, sendAnswer } from './answer.js'
import { type Account, answerApiCall, isMintPath } from './api.js'
import { errorAnswer } from './api-errors.js'
import { createInbox, type SimulatorConversation } from './conversations.js'
import { deliverFault } from './fault-delivery.js'
import { createFaultQueue, type FaultQueue, type SimulatorFault } from './faults.js'
import { type HubSpotSimulatorOptions, resolveSimulatorOptions, type SimulatorSettings } from './options.js'
import { createOwnRoutes } from './own-routes.js'
import { createRateMeter } from './rate-limit.js'
import type { SimulatorRequest } from './requests.js'
import { createTokenSigner, type VerifiedToken } from './tokens.js'

/** A running simulator. */
export type HubSpotSimulator = {
  /** The address of HubSpot's API, the chat's script and the inbox, such as `http://127.0.0.1:41234`. */
  readonly url: string
  readonly port: number
  readonly portalId: string
  /** The API calls so far, oldest first; a live array, which a test may empty with `requests.length = 0`. */
  readonly requests: SimulatorRequest[]
  /** The conversations that the inbox shows, the most recently updated first. */
  readonly conversations: SimulatorConversation[]
  /** Adds faults to the queue for the next mint calls, by default one call each; without arguments, empties the queue. */
  respondWith(...faults: SimulatorFault[]): void
  /** The content of a token; `undefined` if it is not from this simulator, was changed or is older than 12 hours. */
  verify(token: unknown): VerifiedToken | undefined
  /** Adds an answer, like the inbox; `false` if there is no such conversation. */
  answer(conversationId: string, text: string): boolean
  /** Stops the simulator and closes all connections, including those of hanging calls. May be called twice. */
  close(): Promise<void>
}

/**
 * Starts a simulated HubSpot on 127.0.0.1: the API that mints visitor tokens, the chat widget's script at
 * `/<portalId>.js`, and an inbox at `/`. For tests and local work; refuses to start with NODE_ENV=production.
 *
 * @example
 * const simulator = await startHubSpotSimulator()
 * app.use(hubspotIdentification({ accessToken: 'any', account: 'test', baseUrl: simulator.url }))
 */
export async function startHubSpotSimulator(options: HubSpotSimulatorOptions = {}): Promise<HubSpotSimulator> {
  if (process.env['NODE_ENV'] === 'production') {
    throw new Error('The HubSpot simulator accepts made-up identities and does not start with NODE_ENV=production.')
  }
  const settings = resolveSimulatorOptions(options)
  const { portalId, now } = settings
  const requests: SimulatorRequest[] = []
  const faults = createFaultQueue()
  const signer = createTokenSigner(portalId, now, keyOf(settings))
  const inbox = createInbox(now)
  const answerOwn = createOwnRoutes({ portalId, signer, inbox })
  const account: Account = { ...settings, signer, meter: createRateMeter(settings.rateLimit, now) }

  const server = createServer((req, res) => {
    res.setHeader('Date', new Date(now()).toUTCString())
    answerRequest(req, res, { account, answerOwn, faults, requests, now }).catch(() => failRequest(res))
  })
  const port = await listen(server, settings)

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    portalId,
    requests,
    respondWith: (...scripted) => faults.add(scripted),
    get conversations() {
      return inbox.list()
    },
    verify: (token) => signer.verify(token),
    answer: (conversationId, text) => inbox.answer(conversationId, text) !== undefined,
    close: () => close(server)
  }
}

type Parts = {
  account: Account
  answerOwn: (request: SimulatorRequest) => Answer | undefined
  faults: FaultQueue
  requests: SimulatorRequest[]
  now: () => number
}

async function answerRequest(req: IncomingMessage, res: ServerResponse, parts: Parts): Promise<void> {
  const at = parts.now()
  const text = await readBody(req)
  if (text === undefined) {
    sendAnswer(res, errorAnswer(413, { message: 'Request entity too large', category: 'VALIDATION_ERROR' }))
    return
  }
  const { method = 'GET', url: path = '/', headers } = req
  const body = text === '' ? undefined : (parseJson(text) ?? text)
  const request: SimulatorRequest = { method, path, headers, body, at }
  const own = parts.answerOwn(request)
  if (own) {
    sendAnswer(res, own)
    return
  }
  parts.requests.push(request)
  const answer = () => answerApiCall(parts.account, request)
  const fault = method === 'POST' && isMintPath(path) ? parts.faults.take(request) : undefined
  if (fault) deliverFault(res, fault, answer)
  else sendAnswer(res, answer())
}

/** After an aborted request or an error in a fault's `when`: answers 500 or closes the connection. The server continues. */
function failRequest(res: ServerResponse): void {
  if (res.headersSent || res.destroyed) res.destroy()
  else sendAnswer(res, errorAnswer(500, { message: 'The simulator failed.', category: 'INTERNAL_ERROR' }))
}

/**
 * The key that signs the tokens. With a fixed port it is derived from port and portal id, so that tokens that an app has stored
 * remain valid after a restart of the simulator. It need not be secret, because only the simulator accepts these tokens.
 */
function keyOf({ port, portalId }: SimulatorSettings): Buffer | undefined {
  return port === 0 ? undefined : createHash('sha256').update(`simulator ${port} ${portalId}`).digest()
}

function listen(server: Server, { port }: SimulatorSettings): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const reason =
        cause.code === 'EADDRINUSE' ? 'is taken; give another one, or 0 for any free one' : 'cannot be used'
      reject(new Error(`The HubSpot simulator did not start: port ${port} on 127.0.0.1 ${reason}.`, { cause }))
    })
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
