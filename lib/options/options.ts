// What the app may set: the public option type and its documentation. The defaults and the checks live in resolve-options.ts.
import type { Agent } from 'node:http'
import type { Request } from 'express'
import type { HubSpotIdentificationError } from '../errors.js'
import type { RateLimiter } from '../mint/budget.js'
import type { FetchLike } from '../mint/hubspot-client.js'
import type { SharedTokenStore } from '../tokens/shared-store.js'
import type { Visitor } from '../visitor/visitor.js'
import type { PageOptions } from './page-options.js'

/** How `hubspotIdentification()` is set up. Only `accessToken` is required. */
export type HubSpotIdentificationOptions = PageOptions & {
  /**
   * The account credential that HubSpot accepts for minting: a service key, an app's access token or an OAuth token.
   *
   * Read it from the environment: it is never logged and never put on an error. A function is asked for every mint, and once
   * more after HubSpot answered 401 (rotation without a restart); it has 5 seconds, and needs `portalId` or `account` beside it.
   * `undefined`, as of an unset environment variable, throws at the call and says so; so does one with quotes around it.
   */
  accessToken: string | (() => string | Promise<string>) | undefined

  /**
   * Which HubSpot account this instance speaks for; any text that stays the same as long as the account does.
   *
   * Set it when `accessToken` is a function and there is no `portalId`, or when tokens should outlive a rotated credential.
   *
   * @default `portalId`, else a hash of a static `accessToken`
   */
  account?: string | undefined

  /**
   * Who the request's user is to HubSpot. Return `null` to keep the chat anonymous.
   *
   * Take the address from your own records only, and only when it is verified: an identified visitor sees that contact's
   * earlier threads. Asked again whenever a view reads the identity, so that a logout in the same request is seen: answer from
   * what the request already holds. An answer that is a promise cannot be asked for again by a view, which then watches `req.user`
   * and the session's id only: after another kind of login, logout or switch in the same request, run the middleware once more.
   * A `customerAgentContext` that differs from page to page costs a mint for each of them.
   *
   * @default takes the address and names from `req.user`; refuses one that is marked as unverified
   * @example
   * visitor: (req) => (req.user ? { email: req.user.workEmail, firstName: req.user.givenName } : null)
   */
  visitor?: ((req: Request) => Visitor | null | undefined | Promise<Visitor | null | undefined>) | undefined

  /**
   * Names the user of a request by what the request already holds (a user id, a session id), at once; `null` for nobody.
   *
   * For a `visitor` that has to ask somebody: Clerk, Supabase, WorkOS, a database. The answer of `visitor` is then remembered for
   * this key for 5 minutes in this process, so that a page costs no call; `visitor` is not asked when there is no key. Every later
   * look at the request compares the key, so a logout or a switch of accounts in the same request is seen.
   *
   * @default none: `visitor` is asked for every request
   * @example
   * visitorKey: (req) => getAuth(req).userId
   */
  visitorKey?: ((req: Request) => string | null | undefined) | undefined

  /**
   * Identifies only users whose record carries a mark that says that their address is verified. A record without any mark is
   * nobody, too.
   *
   * @default false: a record without any mark is identified
   */
  requireVerified?: boolean | undefined

  /**
   * Whether tokens are kept on `req.session`. `false` is for apps that do without express-session on purpose: bearer tokens, OIDC
   * or Clerk cookies, mobile back ends. Tokens then live in memory and in `cache.store`, nothing is reported as missing, no session
   * is made, and the cookie of `forgetOnLogout` only when that is set to `true`.
   *
   * @default true
   */
  session?: boolean | undefined

  /**
   * Leaves a request alone: nobody is identified, nothing is minted, nothing is forgotten.
   *
   * For missing consent, staff acting as a customer, password pages.
   *
   * @default never
   * @example
   * skip: (req) => req.path.startsWith('/password') || Boolean(req.session.actingAs)
   */
  skip?: ((req: Request) => boolean) | undefined

  /**
   * The longest a request waits from entry to `next()`, in milliseconds; visitor, store and mint together.
   *
   * After that the page is served without identity and the mint goes on behind it, for the next page. `0` never waits.
   *
   * @default 1000
   */
  maxWaitMs?: number | undefined

  /**
   * The longest one HTTP attempt may take, body included, in milliseconds. A whole mint with its retries ends within 30 s.
   *
   * @default 5000
   */
  timeoutMs?: number | undefined

  /**
   * How many further attempts follow a fault that can pass.
   *
   * @default 2
   */
  retries?: number | undefined

  /**
   * How long before its end a token is renewed behind the page, in milliseconds; at most a quarter of its life.
   *
   * Raise it when visitors leave one page open for hours.
   *
   * @default 60 * 60 * 1000
   */
  renewBeforeMs?: number | undefined

  /**
   * How long HubSpot honours a token, in milliseconds. A token that says of itself that it is shorter-lived is believed.
   *
   * HubSpot documents 12 hours: https://developers.hubspot.com/docs/api-reference/legacy/conversations/visitor-identification/guide
   *
   * @default 12 * 60 * 60 * 1000
   */
  tokenLifetimeMs?: number | undefined

  /**
   * Where tokens are kept besides the session: `maxEntries` in this process, and `store`, Keyv-shaped, between processes.
   *
   * A call of the store gets 250 ms, then the request goes on without it.
   *
   * @default { maxEntries: 10_000 } and no store
   */
  cache?: { maxEntries?: number | undefined; store?: SharedTokenStore | undefined } | undefined

  /**
   * The budget of calls to HubSpot: a limiter of rate-limiter-flexible. Every attempt takes one point; an empty budget sheds.
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
   * HubSpot's API host. https only, except for localhost, 127.0.0.0/8 and [::1].
   *
   * @default 'https://api.hubapi.com'
   */
  baseUrl?: string | undefined

  /**
   * A fetch to use instead of node-fetch, for tests or another transport.
   *
   * @default node-fetch 3 with keep-alive
   */
  fetch?: FetchLike | undefined

  /**
   * An http(s) Agent for node-fetch, for a proxy or your own TLS settings. Your agent's sockets can keep the process alive.
   *
   * @default a keep-alive agent of this instance, whose sockets never do
   */
  agent?: Agent | undefined

  /**
   * Where the token lives on `req.session`.
   *
   * @default 'hubspot'
   */
  sessionKey?: string | undefined

  /**
   * Told of every fault once, not once for every waiting page or refused call. It may throw or reject: no page breaks.
   *
   * @default one line on `console.warn`, at most one a minute for each code; all of them on `DEBUG=express-hubspot-identification`
   * @example
   * onError: (error) => logger.warn({ code: error.code, hint: error.hint }, error.message)
   */
  onError?: ((error: HubSpotIdentificationError, req?: Request) => void) | undefined
}
