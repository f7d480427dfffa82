// The JSON route of single-page apps: answers what the request flow decides, and takes no input from the client.
import type { Request, RequestHandler, Response } from 'express'
import { makeUnstorable } from '../page/cache-control.js'
import type { IdentifyRequest } from '../request/identify-request.js'
import type { PresentIdentity } from '../request/present-identity.js'
import type { RequestIdentity } from '../request/request-identity.js'
import { visitorMark } from '../tokens/account.js'
import { allowOrigin, answerPreflight } from './cross-origin.js'

const RETRY_SECONDS = 30

/** Makes `tokenEndpoint()` of an instance; pages of `origins` may read it besides those of its own origin. */
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
      // Another site's page can make the browser send the session cookie; it gets no token, and costs no mint.
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
  // Without it a page could not know whether a 503 speaks of the visitor whom it shows, or of another who has logged in since.
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

/** https://www.rfc-editor.org/rfc/rfc9457; nothing of the cause is told to a visitor. */
function sendProblem(res: Response, status: number, title: string): void {
  res.status(status)
  send(res, 'application/problem+json', { type: 'about:blank', title, status })
}

/** Not by `res.json`: that answers 304 where the client's `If-None-Match` asks for it. */
function send(res: Response, type: string, content: object): void {
  const body = JSON.stringify(content)
  res.type(type).setHeader('Content-Length', Buffer.byteLength(body))
  res.end(body)
}
