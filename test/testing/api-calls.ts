// Calls the simulator's API like a server; contains no assertions.
import type { HubSpotSimulator } from '../../lib/testing/index.js'

/** The path for new integrations. */
export const MINT_PATH = '/visitor-identification/2026-09/tokens/create'

/** The parts of HubSpot's response bodies that the tests use. */
export type ApiBody = {
  token: string
  status?: string
  message?: string
  category?: string
  errorType?: string
  policyName?: string
  correlationId?: string
  errors?: { message: string; in?: string; context?: Record<string, string[]> }[]
  links?: Record<string, string>
  portalId?: number
  dataHostingLocation?: string
  uiDomain?: string
}

type Call = {
  path?: string
  method?: string
  authorization?: string | undefined
  body?: unknown
  raw?: string
  signal?: AbortSignal
}

/** Makes one call; by default a mint for Jane with an arbitrary bearer token. */
export function call(simulator: HubSpotSimulator, options: Call = {}): Promise<Response> {
  const { path = MINT_PATH, method = 'POST', body = { email: 'jane@example.com' }, raw, signal } = options
  const authorization = 'authorization' in options ? options.authorization : 'Bearer pat-na1-test'
  return fetch(simulator.url + path, {
    method,
    headers: { 'content-type': 'application/json', ...(authorization ? { authorization } : {}) },
    redirect: 'manual',
    ...(method === 'POST' ? { body: raw ?? JSON.stringify(body) } : {}),
    ...(signal ? { signal } : {})
  })
}

/** Makes one call and reads its JSON. */
export async function callForBody(simulator: HubSpotSimulator, options: Call = {}) {
  const response = await call(simulator, options)
  return { status: response.status, headers: response.headers, body: (await response.json()) as ApiBody }
}

/** Mints a token. */
export async function mint(simulator: HubSpotSimulator, visitor: object = { email: 'jane@example.com' }) {
  return (await callForBody(simulator, { body: visitor })).body.token
}
