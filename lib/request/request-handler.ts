// The middleware's own function: runs the flow, presents what it found, and hands the request on once, whatever happens.
import type { NextFunction, Request, Response } from 'express'
import { loadAutoInsert } from '../page/auto-insert.js'
import type { IdentifyRequest } from './identify-request.js'
import type { PresentIdentity } from './present-identity.js'
import type { RequestIdentity } from './request-identity.js'

/** Makes the handler of an instance. */
export function createRequestHandler(
  { autoInsert }: { readonly autoInsert: boolean },
  identifyRequest: IdentifyRequest,
  presentIdentity: PresentIdentity
): (req: Request, res: Response, next: NextFunction) => void {
  const autoInsertLoaded = autoInsert ? loadAutoInsert() : undefined

  /** Nothing in here may keep a page from being served. */
  async function prepareAutoInsert(req: Request, res: Response, identity: RequestIdentity): Promise<void> {
    const { view, response } = presentIdentity(req, res, identity)
    const autoInsert = await autoInsertLoaded
    // A request that is left alone (no consent, say) gets no script of HubSpot's either, unless a view prints it.
    const snippet = () => (identity.outcome === 'skipped' ? '' : view.snippet)
    // Reading is not printing: a log may have read it, or a view that failed. A token stands in a page as it is.
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
      // A session that cannot be written to is the app's; its page goes on as it would without this library.
    }
    next()
  }

  return function hubspotIdentificationHandler(req, res, next) {
    const found = identifyRequest(req)
    if (found instanceof Promise) void found.then((identity) => handOn(req, res, next, identity))
    else handOn(req, res, next, found)
  }
}
