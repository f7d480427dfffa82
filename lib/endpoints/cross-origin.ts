// CORS headers of the token endpoint, for the origins of its option only: https://fetch.spec.whatwg.org/#http-cors-protocol
import type { Request, Response } from 'express'

/** Response headers that the browser half reads; pages of another origin see them only when they are exposed. */
const EXPOSED = 'HubSpot-Visitor, Date, Retry-After'
/** How long browsers cache the answer to a preflight request, in seconds. */
const PREFLIGHT_MAX_AGE = '600'

/** Whether the request comes from one of these origins; if so, sets the headers that let its page read the response. */
export function allowOrigin(req: Request, res: Response, origins: ReadonlySet<string>): boolean {
  if (origins.size === 0) return false
  // On every response, so that caches keep them apart by origin.
  res.vary('Origin')
  const { origin } = req.headers
  // Compared as a whole, never by prefix or suffix: `https://app.example.com.evil.example` is another origin.
  if (origin === undefined || !origins.has(origin)) return false
  res.setHeader('Access-Control-Allow-Origin', origin)
  res.setHeader('Access-Control-Allow-Credentials', 'true')
  res.append('Access-Control-Expose-Headers', EXPOSED)
  res.setHeader('Cross-Origin-Resource-Policy', 'cross-origin')
  return true
}

/** Answers a preflight request, which browsers send before a request with an `Authorization` header to another origin. */
export function answerPreflight(res: Response): void {
  res.setHeader('Access-Control-Allow-Methods', 'GET')
  res.setHeader('Access-Control-Allow-Headers', 'authorization')
  res.setHeader('Access-Control-Max-Age', PREFLIGHT_MAX_AGE)
  res.status(204).end()
}
