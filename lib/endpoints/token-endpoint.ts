// The handler tokenEndpoint(): the result of the request flow as JSON, for single-page and mobile apps. Takes no input from the client.
import type { Request, RequestHandler, Response } from 'express'
import { makeUnstorable } from '../page/cache-control.js'
import type { IdentifyRequest } from '../request/identify-request.js'
import type { PresentIdentity } from '../request/present-identity.js'
import type { RequestIdentity } from '../request/request-identity.js'
import { visitorMark } from '../tokens/account.js'
import { allowOrigin, answerPreflight } from './cross-origin.js'

const RETRY_SECONDS = 30

/** Creates the handler. Pages of its own origin and of `origins` may read it. */
export function createTokenEndpoint(
  identifyRequest: IdentifyRequest,
  presentIdentity: PresentIdentity,
  origins: ReadonlySet<string>
): RequestHandler {
  return function hubspotTokenEndpoint(req, res, next) {
    makeUnstorable(res)
    res.setHeader('X-Content-Type-Options', 'nosniff')
    res.setHeader('Cross-Origin-Resource-Policy', 'same-origin')
    const isAllowed = allowOrigin(req, res, origins)
    if (isAllowed && req.method === 'OPTIONS') {
      answerPreflight(res)
    } else if (req.method !== 'GET') {
      res.setHeader('Allow', 'GET')
      sendProblem(res, 405, 'Method Not Allowed')
    } else if (!isAllowed && req.headers['sec-fetch-site'] === 'cross-site') {
      // A page of another site can make the browser send the session cookie. It gets no token, and no mint is made for it.
      sendProblem(res, 403, 'Forbidden')
    } else {
      Promise.resolve(identifyRequest(req))
        .then((identity) => answer(req, res, identity, presentIdentity))
        .catch(next)
    }
  }
}

function answer(req: Request, res: Response, identity: RequestIdentity, presentIdentity: PresentIdentity): void {
  const { view } = presentIdentity(req, res, identity)
  // Tells the page whether a 503 is about the visitor that it shows, or about another user who has logged in since.
  if (identity.holder && identity.isCurrent())
    res.setHeader('HubSpot-Visitor', visitorMark(identity.holder.account, identity.holder.email))
  const { identificationEmail, identificationToken } = view.settings
  if (identificationEmail && identificationToken) {
    send(res, 'application/json', { identificationEmail, identificationToken, expiresAt: view.expiresAt })
  } else if (identity.outcome === 'anonymous' || identity.outcome === 'skipped') {
    res.status(204).end()
  } else {
    res.setHeader('Retry-After', Math.max(1, Math.ceil((identity.retryInMs ?? RETRY_SECONDS * 1000) / 1000)))
    sendProblem(res, 503, 'Service Unavailable')
  }
}

/** Problem details (https://www.rfc-editor.org/rfc/rfc9457). The cause is not sent to the client. */
function sendProblem(res: Response, status: number, title: string): void {
  res.status(status)
  send(res, 'application/problem+json', { type: 'about:blank', title, status })
}

/** Not `res.json`, which answers 304 when the `If-None-Match` of the request matches. */
function send(res: Response, type: string, content: object): void {
  const body = JSON.stringify(content)
  res.type(type).setHeader('Content-Length', Buffer.byteLength(body))
  res.end(body)
}
