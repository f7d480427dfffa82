// The middleware function: runs the flow, presents the result, and calls next() once, whatever happens.
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

  /** The caller goes on in any case: a failure here must not keep a page from being served. */
  async function prepareAutoInsert(req: Request, res: Response, identity: RequestIdentity): Promise<void> {
    const { view, response } = presentIdentity(req, res, identity)
    const autoInsert = await autoInsertLoaded
    // A skipped request (no consent, for example) gets no script of HubSpot's either, unless a view prints it.
    const snippet = () => (identity.outcome === 'skipped' ? '' : view.snippet)
    // Only reading the snippet does not count: a logger or a view that failed may have done it. A token is printed without escaping.
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
      // The app's session could not be written to; its page goes on as it would without this library.
    }
    next()
  }

  return function hubspotIdentificationHandler(req, res, next) {
    const found = identifyRequest(req)
    if (found instanceof Promise) void found.then((identity) => handOn(req, res, next, identity))
    else handOn(req, res, next, found)
  }
}
