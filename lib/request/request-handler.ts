// The middleware function: runs the request flow, presents the result, and always calls next() once.
import type { NextFunction, Request, Response } from 'express'
import { type HubSpotIdentificationError, optionsError } from '../errors.js'
import { loadAutoInsert } from '../page/auto-insert.js'
import type { IdentifyRequest } from './identify-request.js'
import type { PresentIdentity } from './present-identity.js'
import type { RequestIdentity } from './request-identity.js'

/** Creates the middleware function of an instance. */
export function createRequestHandler(
  { autoInsert }: { readonly autoInsert: boolean },
  identifyRequest: IdentifyRequest,
  presentIdentity: PresentIdentity
): (req: Request, res: Response, next: NextFunction) => void {
  const autoInsertLoaded = autoInsert ? loadAutoInsert() : undefined

  /** May reject: the caller then goes on without it, so that the page is served. */
  async function prepareAutoInsert(req: Request, res: Response, identity: RequestIdentity): Promise<void> {
    const { view, response } = presentIdentity(req, res, identity)
    const autoInsert = await autoInsertLoaded
    // Into the page of a skipped request (no consent, for example) nothing is inserted, not even HubSpot's script.
    const snippet = () => (identity.outcome === 'skipped' ? '' : view.snippet)
    // That the snippet was read is not enough: a logger, or a view that failed, may have read it. A token is the same in escaped HTML.
    const isPrintedIn = (html: string) =>
      response.isPrinted && [view.token, view.snippet, view.json].some((text) => text && html.includes(text))
    autoInsert?.(req, res, { isPrintedIn, snippet })
  }

  function handOn(req: Request, res: Response, next: NextFunction, identity: RequestIdentity): void {
    if (autoInsertLoaded) {
      const goOn = () => next()
      prepareAutoInsert(req, res, identity).then(goOn, goOn)
      return
    }
    try {
      presentIdentity(req, res, identity)
    } catch {
      // The app's session could not be written. The page is served as it would be without this library.
    }
    next()
  }

  return function hubspotIdentificationHandler(req, res, next) {
    if (typeof next !== 'function') throw notCalledByExpress()
    const found = identifyRequest(req)
    if (found instanceof Promise) void found.then((identity) => handOn(req, res, next, identity))
    else handOn(req, res, next, found)
  }
}

/** The error for `app.use(identification())`, thrown when the app starts. */
function notCalledByExpress(): HubSpotIdentificationError {
  return optionsError(
    'The middleware was called without a request, a response and next().',
    'Pass it to Express without calling it: app.use(identification).'
  )
}
