// hubspotIdentification(options): builds the parts of one instance and returns the middleware with its members.
import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { createReport } from './diagnostics.js'
import { createBrowserScript } from './endpoints/browser-script.js'
import { createTokenEndpoint } from './endpoints/token-endpoint.js'
import type { HubSpotIdentificationOptions } from './options/options.js'
import { resolveOptions } from './options/resolve-options.js'
import { loadAutoInsert } from './page/auto-insert.js'
import { createIdentifyRequest } from './request/identify-request.js'
import { createPresentIdentity } from './request/present-identity.js'
import type { RequestIdentity } from './request/request-identity.js'
import { createSessionEntries } from './session/session-entries.js'
import type { Identification } from './tokens/identification.js'
import { createIdentify } from './tokens/identify.js'
import { createTokenSource } from './tokens/token-source.js'
import type { Visitor } from './visitor/visitor.js'

/** The middleware of one HubSpot account, with its further handlers. */
export type HubSpotIdentification = {
  /** Identifies the logged-in user for the views of this response. Calls `next()` once, without an error, whatever happens. */
  (req: Request, res: Response, next: NextFunction): void

  /**
   * A handler for single-page apps: 200 with the identity of the session's user, 204 for nobody, 503 while HubSpot cannot be had.
   *
   * @example
   * app.get('/hubspot/token', identification.tokenEndpoint())
   */
  tokenEndpoint(): RequestHandler

  /**
   * A handler that serves `startChat` and `forgetVisitor` as one classic script.
   *
   * @example
   * app.get('/hubspot/chat.js', identification.browserScript())
   */
  browserScript(): RequestHandler

  /**
   * Mints, or finds, a token without a request, with the same cache, sharing and limits. Never call it with an address that
   * came from a request: whoever holds the answer sees that contact's threads.
   *
   * @throws HubSpotIdentificationError (as a rejection) with any of the codes of a mint, or `ERR_VISITOR_INVALID`.
   */
  identify(visitor: Visitor): Promise<Identification>
}

/**
 * Makes the middleware that identifies the logged-in user to the HubSpot chat. Mount it after the session and Passport.
 *
 * @throws HubSpotIdentificationError `ERR_OPTIONS_INVALID` for options that are wrong, naming the key and what to write instead.
 * @example
 * const identification = hubspotIdentification({ accessToken: process.env.HUBSPOT_ACCESS_TOKEN })
 * app.use(passport.session())
 * app.use(identification)
 */
export function hubspotIdentification(options: HubSpotIdentificationOptions): HubSpotIdentification {
  const settings = resolveOptions(options)
  const report = createReport(settings.onError)
  const tokens = createTokenSource(settings, report)
  const sessions = createSessionEntries(settings)
  const identifyRequest = createIdentifyRequest(settings, { tokens, sessions, report })
  const presentIdentity = createPresentIdentity(settings, sessions, report)
  const autoInsertLoaded = settings.autoInsert ? loadAutoInsert() : undefined

  /** Nothing in here may keep a page from being served. */
  async function prepareAutoInsert(req: Request, res: Response, identity: RequestIdentity): Promise<void> {
    const { view, response } = presentIdentity(req, res, identity)
    const autoInsert = await autoInsertLoaded
    // A request that is left alone (no consent, say) gets no script of HubSpot's either, unless a view prints it.
    const snippet = () => (identity.outcome === 'skipped' ? '' : view.snippet)
    // A read is no print: it may have been a log's, or that of a view which failed. A token stands in a page as it is.
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

  function hubspotIdentificationHandler(req: Request, res: Response, next: NextFunction): void {
    const found = identifyRequest(req)
    if (found instanceof Promise) void found.then((identity) => handOn(req, res, next, identity))
    else handOn(req, res, next, found)
  }

  return Object.assign(hubspotIdentificationHandler, {
    tokenEndpoint: () => createTokenEndpoint(identifyRequest, presentIdentity),
    browserScript: createBrowserScript,
    identify: createIdentify(tokens)
  })
}
