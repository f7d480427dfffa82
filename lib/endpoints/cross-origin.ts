// Cross-origin reads of the token endpoint (CORS, https://fetch.spec.whatwg.org/#http-cors-protocol), for the named origins only.
import type { Request, Response } from 'express'

/** What a page of another origin could not read otherwise, and the browser half reads. */
const EXPOSED = 'HubSpot-Visitor, Date, Retry-After'
/** How long a browser need not ask again whether it may ask, in seconds. */
const PREFLIGHT_MAX_AGE = '600'

/** Whether the request comes from a page of one of these origins; its answer is then made readable for that page. */
export function allowOrigin(req: Request, res: Response, origins: ReadonlySet<string>): boolean {
  if (origins.size === 0) return false
  // On every answer: a cache must not give the one to the other.
  res.vary('Origin')
  const { origin } = req.headers
  // Compared as a whole: `https://app.example.com.evil.example` only looks like one of them.
  if (origin === undefined || !origins.has(origin)) return false
  res.setHeader('Access-Control-Allow-Origin', origin)
  res.setHeader('Access-Control-Allow-Credentials', 'true')
  res.append('Access-Control-Expose-Headers', EXPOSED)
  res.setHeader('Cross-Origin-Resource-Policy', 'cross-origin')
  return true
}

/** Answers the question that a browser asks before it sends an `Authorization` header to another origin. */
export function answerPreflight(res: Response): void {
  res.setHeader('Access-Control-Allow-Methods', 'GET')
  res.setHeader('Access-Control-Allow-Headers', 'authorization')
  res.setHeader('Access-Control-Max-Age', PREFLIGHT_MAX_AGE)
  res.status(204).end()
}
