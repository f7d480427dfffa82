// The public type of the options, with its documentation. Defaults and checks are in resolve-options.ts.
import type { Agent } from 'node:http'
import type { Request } from 'express'
import type { HubSpotIdentificationError } from '../errors.js'
import type { RateLimiter } from '../mint/budget.js'
import type { FetchLike } from '../mint/hubspot-client.js'
import type { SharedTokenStore } from '../tokens/shared-store.js'
import type { Visitor } from '../visitor/visitor.js'
import type { PageOptions } from './page-options.js'

/** The options of `hubspotIdentification()`. Only `accessToken` is required. */
export type HubSpotIdentificationOptions = PageOptions & {
  /**
   * The credential for HubSpot's API: a service key, an app's access token or an OAuth token.
   *
   * Read it from the environment; it is never logged and never put on an error. A function is called for every mint, and once more after
   * HubSpot answered 401 (for rotation without a restart); it may take 5 seconds, and needs `portalId` or `account` beside it.
   * `undefined` (an unset environment variable), or a token in quotes, throws at the call.
   */
  accessToken: string | (() => string | Promise<string>) | undefined

  /**
   * A name for the HubSpot account of this instance: any string that stays the same for the same account.
   *
   * Set it when `accessToken` is a function and there is no `portalId`, or to keep the tokens when the access token is replaced.
   *
   * @default `portalId`, else a hash of a static `accessToken`
   */
  account?: string | undefined

  /**
   * Gives the visitor of a request. Return `null` to keep the chat anonymous.
   *
   * Take the address from your own records only, and only when it is verified: an identified visitor sees that contact's earlier
   * conversations. It is called again whenever a view reads the identity, so that a logout in the same request is noticed; it should
   * therefore use only what the request already holds. If it returns a promise, a view cannot wait for it and compares `req.user` and the
   * session id only: after another kind of login, logout or switch of accounts in the same request, run the middleware once more.
   * A `customerAgentContext` that differs from page to page costs one mint for each page.
   *
   * @default takes the address and names from `req.user`; refuses one that is marked as unverified
   * @example
   * visitor: (req) => (req.user ? { email: req.user.workEmail, firstName: req.user.givenName } : null)
   */
  visitor?: ((req: Request) => Visitor | null | undefined | Promise<Visitor | null | undefined>) | undefined

  /**
   * Gives a key for the user of a request, synchronously, from what the request already holds (a user id, a session id); `null` if there
   * is no user.
   *
   * For a `visitor` that calls Clerk, Supabase, WorkOS, a database or the like. Its result is then cached by this key for 5 minutes in
   * this process, so that a page costs no call; without a key `visitor` is not called. Views compare the key whenever they read the
   * identity, so a logout or a switch of accounts in the same request is noticed.
   *
   * @default none: `visitor` is called for every request
   * @example
   * visitorKey: (req) => getAuth(req).userId
   */
  visitorKey?: ((req: Request) => string | null | undefined) | undefined

  /**
   * Identifies only users whose record has a mark that says that the address is verified. A user without any mark stays anonymous.
   *
   * @default false: a user without any mark is identified
   */
  requireVerified?: boolean | undefined

  /**
   * Whether tokens are kept on `req.session`. Set it to `false` in apps without express-session: bearer tokens, OIDC or Clerk cookies,
   * mobile back ends. Tokens are then kept in memory and in `cache.store` only, a missing session is not reported, no session is created,
   * and the cookie of `forgetOnLogout` is set only if that option is `true`.
   *
   * @default true
   */
  session?: boolean | undefined

  /**
   * Return `true` to ignore a request: no user is identified, nothing is minted, no cookie is expired.
   *
   * For users without consent, staff acting as a customer, password pages.
   *
   * @default never
   * @example
   * skip: (req) => req.path.startsWith('/password') || Boolean(req.session.actingAs)
   */
  skip?: ((req: Request) => boolean) | undefined

  /**
   * How long a request waits at most before `next()` is called, in milliseconds; `visitor`, store and mint together.
   *
   * After that the page is served without identity, and the mint goes on in the background for the next page. `0` never waits.
   *
   * @default 1000
   */
  maxWaitMs?: number | undefined

  /**
   * How long one HTTP attempt may take, body included, in milliseconds. A whole mint with its retries ends within 30 s.
   *
   * @default 5000
   */
  timeoutMs?: number | undefined

  /**
   * How many times a mint is retried after a temporary fault.
   *
   * @default 2
   */
  retries?: number | undefined

  /**
   * How long before its end a token is renewed in the background, in milliseconds; at most a quarter of its lifetime.
   *
   * Raise it when visitors leave one page open for hours.
   *
   * @default 60 * 60 * 1000
   */
  renewBeforeMs?: number | undefined

  /**
   * How long HubSpot accepts a token, in milliseconds. A token that is a JWT with a shorter lifetime is used for that time only.
   *
   * HubSpot documents 12 hours: https://developers.hubspot.com/docs/api-reference/legacy/conversations/visitor-identification/guide
   *
   * @default 12 * 60 * 60 * 1000
   */
  tokenLifetimeMs?: number | undefined

  /**
   * Where tokens are kept besides the session: at most `maxEntries` in the memory of this process, and in `store`, which processes share
   * and which has Keyv's methods.
   *
   * A call of the store may take 250 ms, then the request goes on without it.
   *
   * @default { maxEntries: 10_000 } and no store
   */
  cache?: { maxEntries?: number | undefined; store?: SharedTokenStore | undefined } | undefined

  /**
   * The budget of calls to HubSpot: a limiter of rate-limiter-flexible. Every attempt takes one point; without points HubSpot is not
   * called and the page is served without identity.
   *
   * Pass a `RateLimiterRedis` to share one budget between processes.
   *
   * @default in memory, 90 calls per 10 s: at most 180 in any 10 s, below the 190 of the plans that may mint
   */
  rateLimiter?: RateLimiter | undefined

  /**
   * The version of HubSpot's API: the path is `/visitor-identification/<version>/tokens/create`.
   *
   * @default '2026-09'
   */
  apiVersion?: '2026-09' | '2026-03' | 'v3' | (string & {}) | undefined

  /**
   * The URL of HubSpot's API. https only, except for localhost, 127.0.0.0/8 and [::1].
   *
   * @default 'https://api.hubapi.com'
   */
  baseUrl?: string | undefined

  /**
   * A fetch function to use instead of node-fetch, for tests or another transport.
   *
   * @default node-fetch 3 with keep-alive
   */
  fetch?: FetchLike | undefined

  /**
   * An http(s) Agent for node-fetch, for a proxy or your own TLS settings. Its sockets can keep the process alive.
   *
   * @default a keep-alive agent whose sockets do not keep the process alive
   */
  agent?: Agent | undefined

  /**
   * The property of `req.session` that holds the token.
   *
   * @default 'hubspot'
   */
  sessionKey?: string | undefined

  /**
   * Called once for every fault, not once for every page that waits or every call that is refused. If it throws or rejects, that is
   * ignored.
   *
   * @default one line on `console.warn`, at most one a minute for each code; all of them on `DEBUG=express-hubspot-identification`
   * @example
   * onError: (error) => logger.warn({ code: error.code, hint: error.hint }, error.message)
   */
  onError?: ((error: HubSpotIdentificationError, req?: Request) => void) | undefined
}
