// hubspotIdentification(options): creates the parts of one instance and returns the middleware with its members.
import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { createHints, createReport } from './diagnostics.js'
import { createBrowserScript } from './endpoints/browser-script.js'
import { readOrigins, type TokenEndpointOptions } from './endpoints/origins.js'
import { createTokenEndpoint } from './endpoints/token-endpoint.js'
import { answerUncalled } from './endpoints/uncalled.js'
import type { HubSpotIdentificationOptions } from './options/options.js'
import { resolveOptions } from './options/resolve-options.js'
import { NEVER_READ } from './page/page-hints.js'
import { createIdentifyRequest } from './request/identify-request.js'
import { createPresentIdentity } from './request/present-identity.js'
import { createRequestHandler } from './request/request-handler.js'
import { createUnidentified } from './request/unidentified.js'
import { createVisitorSource } from './request/visitor-source.js'
import { createSessionEntries } from './session/session-entries.js'
import { createForget } from './tokens/forget-visitor.js'
import type { Identification } from './tokens/identification.js'
import { createIdentify } from './tokens/identify.js'
import { createTokenSource } from './tokens/token-source.js'
import { UnderWay } from './tokens/under-way.js'
import type { Visitor } from './visitor/visitor.js'

/** The middleware for one HubSpot account, with further handlers as members. */
export type HubSpotIdentification = {
  /** Identifies the logged-in user for the views of this response. Always calls `next()` once, without an error. */
  (req: Request, res: Response, next: NextFunction): void

  /**
   * Creates a handler for single-page and mobile apps. It answers 200 with the identity of the request's user, 204 when there is no
   * user, and 503 while no token can be had.
   *
   * Pages of another origin may read it when `origins` names that origin. Browsers may then send a preflight request (OPTIONS), which
   * `app.get` does not handle: mount the handler with `app.options` as well, before any authentication, because a preflight request
   * carries no credentials.
   *
   * @throws HubSpotIdentificationError `ERR_OPTIONS_INVALID` for an origin that is not written as browsers send it.
   * @example
   * app.get('/hubspot/token', identification.tokenEndpoint())
   * @example
   * const hubspotToken = identification.tokenEndpoint({ origins: ['https://app.example.com'] })
   * app.options('/hubspot/token', hubspotToken)
   * app.get('/hubspot/token', passport.authenticate('jwt', { session: false }), hubspotToken)
   */
  tokenEndpoint(options?: TokenEndpointOptions): RequestHandler

  /**
   * Creates a handler that serves `startChat` and `forgetVisitor` as one classic script.
   *
   * @example
   * app.get('/hubspot/chat.js', identification.browserScript())
   */
  browserScript(): RequestHandler

  /**
   * Gives the token of a visitor outside of a request, with the same cache, sharing and limits. Never call it with an address that
   * came from a request: whoever has the token can read that contact's conversations.
   *
   * @throws HubSpotIdentificationError (as a rejection): `ERR_VISITOR_INVALID`, or any code of a mint.
   */
  identify(visitor: Visitor): Promise<Identification>

  /**
   * Drops the tokens of this address from memory and from the shared store: after an erasure request, for a blocked user or a changed
   * address. The result of a mint that is running for it is not kept. Tokens on sessions stay until the sessions end, and tokens in the
   * memory of other processes until they expire.
   *
   * @throws HubSpotIdentificationError (as a rejection): `ERR_VISITOR_INVALID` for a malformed address, `ERR_CACHE_STORE` when the
   * shared store failed; the memory of this process is cleared in any case.
   * @example
   * await identification.forget({ email: user.email })
   */
  forget(visitor: Visitor): Promise<void>

  /**
   * Resolves when all mints, renewals and session writes that run in the background have ended, after a minute at the latest. Never
   * rejects. For platforms that freeze or end the process after the response: await it once the response has been sent.
   *
   * @example
   * export const handler = async (event: object, context: object) => {
   *   const response = await handle(event, context)
   *   await identification.settled()
   *   return response
   * }
   */
  settled(): Promise<void>
}

/**
 * Creates the middleware that identifies the logged-in user to the HubSpot chat. Mount it after the session and Passport.
 *
 * @throws HubSpotIdentificationError `ERR_OPTIONS_INVALID` for invalid options; names the key and what to write instead.
 * @example
 * const identification = hubspotIdentification({ accessToken: process.env.HUBSPOT_ACCESS_TOKEN })
 * app.use(passport.session())
 * app.use(identification)
 */
export function hubspotIdentification(options: HubSpotIdentificationOptions): HubSpotIdentification {
  const settings = resolveOptions(options)
  const report = createReport(settings.onError)
  const hints = createHints()
  const work = new UnderWay()
  const tokens = createTokenSource(settings, report, work)
  const sessions = settings.session ? createSessionEntries(settings, work) : undefined
  const source = createVisitorSource(settings)
  const unidentified = createUnidentified(settings, report, hints)
  const identifyRequest = createIdentifyRequest(settings, { source, tokens, sessions, unidentified })
  const presentIdentity = createPresentIdentity(settings, { sessions, report, hints })

  return Object.assign(createRequestHandler(settings, identifyRequest, presentIdentity), {
    tokenEndpoint(...given: [options?: TokenEndpointOptions]) {
      const isUncalled = answerUncalled('tokenEndpoint', given, hints)
      // An app whose pages use the endpoint need not print the snippet.
      hints.silence(NEVER_READ)
      return createTokenEndpoint(identifyRequest, presentIdentity, readOrigins(isUncalled ? undefined : given[0]))
    },
    browserScript(...given: []) {
      answerUncalled('browserScript', given, hints)
      return createBrowserScript()
    },
    identify: createIdentify(tokens),
    forget: createForget(tokens, (email) => {
      source.forget(email)
      sessions?.forget(email)
      presentIdentity.forget(email)
    }),
    settled: () => work.settled()
  })
}
