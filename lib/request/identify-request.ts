// The one request flow: from a request to who is identified in it. The middleware and the token endpoint both call it; no HTML, no HTTP.
import type { Request } from 'express'
import { explain, type Report, requestChannel } from '../diagnostics.js'
import { summarizeCause } from '../errors.js'
import type { SessionEntries } from '../session/session-entries.js'
import { fresher, isNearEnd, type TokenLifetime } from '../tokens/identification.js'
import type { TokenHolder, TokenResult, TokenSource } from '../tokens/token-source.js'
import { ignoreRejection, isThenable } from '../visitor/thenable.js'
import { isVisitor } from '../visitor/visitor.js'
import { askVisitor, readAnswer, type VisitorSettings } from './ask-visitor.js'
import { Look, RequestIdentity } from './request-identity.js'

/** The part of the settings that decides about a request. */
export type FlowSettings = TokenLifetime &
  VisitorSettings & {
    readonly skip?: ((req: Request) => boolean) | undefined
    readonly maxWaitMs: number
  }

/** What the flow is made of. */
export type FlowParts = { readonly tokens: TokenSource; readonly sessions: SessionEntries; readonly report: Report }

/** Identifies the user of a request; at once where nothing has to be waited for. Never throws, never rejects. */
export type IdentifyRequest = (req: Request) => RequestIdentity | Promise<RequestIdentity>

/** Pages, and fetches from pages. No header at all: an older browser, or none. */
const IDENTIFIABLE_DESTINATIONS = new Set([
  '',
  'document',
  'iframe',
  'frame',
  'fencedframe',
  'embed',
  'object',
  'empty'
])

const NO_ADDRESS =
  'req.user has no address in "email" or "emails", or one that is marked as unverified: nobody is identified'

/** A page that ran out of time asks again soon. */
const LATE_RETRY_MS = 1000

/** Requests that cannot use an identity use what is there, and never mint or wait. */
export function isPassive(req: Request): boolean {
  if (req.method === 'HEAD' || req.method === 'OPTIONS') return true
  const destination = req.headers['sec-fetch-dest']
  return typeof destination === 'string' && !IDENTIFIABLE_DESTINATIONS.has(destination)
}

/** Builds the flow of an instance. */
export function createIdentifyRequest(
  settings: FlowSettings,
  { tokens, sessions, report }: FlowParts
): IdentifyRequest {
  let sessionMissingReported = false
  /** Requests of whose visitor the operator was told: the middleware and the endpoint may both look at one. */
  const refused = new WeakSet<Request>()

  /** Step 1: skipped, nobody, or a visitor. */
  function identify(req: Request, look: Look): RequestIdentity | Promise<RequestIdentity> {
    let asked = 'skip'
    try {
      sessions.watch(req)
      if (isSkipped(req)) return new RequestIdentity('skipped', look)
      asked = 'visitor'
      const found = askVisitor(req, settings)
      if (!isThenable(found)) return fromVisitor(req, found, look)
      look.isAsync = true
      look.isWaiting = true
      const later = Promise.resolve(found)
        .finally(() => {
          look.isWaiting = false
        })
        .then((visitor) => fromVisitor(req, visitor, look))
        .catch((thrown) => refuseVisitor(req, look, '"visitor" threw', thrown))
      return isPassive(req) ? new RequestIdentity('skipped', look) : later
    } catch (thrown) {
      return refuseVisitor(req, look, `"${asked}" threw`, thrown)
    }
  }

  /** Steps 2, 3 and 5: the session's token, else memory's; nothing is waited for. */
  function fromVisitor(req: Request, found: unknown, look: Look): RequestIdentity | Promise<RequestIdentity> {
    const visitor = readAnswer(found, settings)
    if (!isVisitor(visitor)) {
      const isFromUser = !settings.visitor
      if (visitor.reason === 'invalid-visitor') {
        const whose = isFromUser ? 'On req.user there is' : '"visitor" returned'
        return refuseVisitor(req, look, `${whose} no visitor: ${visitor.detail}`)
      }
      if (isFromUser && look.hadUser()) explain(NO_ADDRESS)
      return new RequestIdentity('anonymous', look)
    }
    if (!req.session) reportMissingSession(req)
    const holder = tokens.holderOf(visitor)
    look.holder = holder
    const kept = sessions.read(req, holder)
    if (kept && !isNearEnd(kept, settings, Date.now()))
      return new RequestIdentity('session', look, { identification: kept })
    const usable = fresher(kept, tokens.peek(holder))
    if (!usable) return isPassive(req) ? new RequestIdentity('skipped', look) : fromSource(holder, look)
    // Used now, to its very end if need be, and renewed behind the page.
    const renewal = !isPassive(req) && isNearEnd(usable, settings, Date.now()) ? tokens.renew(holder) : undefined
    return new RequestIdentity(usable === kept ? 'session' : 'memory', look, {
      identification: usable,
      later: renewal?.then((result) => fromResult(result, look))
    })
  }

  /** Step 4: the shared store, then a mint, shared with whoever asks for the same visitor. */
  function fromSource(holder: TokenHolder, look: Look): RequestIdentity | Promise<RequestIdentity> {
    const held = tokens.heldBack(holder)
    return held ? fromResult(held, look) : tokens.get(holder).then((result) => fromResult(result, look))
  }

  function fromResult(result: TokenResult, look: Look): RequestIdentity {
    if (!result.ok) return new RequestIdentity('failed', look, { retryInMs: result.retryInMs })
    const identity = new RequestIdentity(result.from, look, { identification: result.identification })
    // Logged out, switched or renamed while we waited: nobody may be shown this token.
    return identity.isCurrent() ? identity : new RequestIdentity('failed', look)
  }

  function isSkipped(req: Request): boolean {
    const answer: unknown = settings.skip?.(req)
    if (isThenable(answer)) {
      ignoreRejection(answer)
      throw new TypeError('skip must answer at once')
    }
    return Boolean(answer)
  }

  function refuseVisitor(req: Request, look: Look, what: string, thrown?: unknown): RequestIdentity {
    const hint =
      'Make "visitor" return { email } with a well-formed address, or null, and "skip" a boolean; neither may throw. Without "visitor", req.user.email is taken.'
    const cause = thrown === undefined ? undefined : summarizeCause(thrown)
    if (!refused.has(req)) report({ code: 'ERR_VISITOR_INVALID', message: `${what}. ${hint}`, hint, cause }, req)
    refused.add(req)
    return new RequestIdentity('failed', look)
  }

  function reportMissingSession(req: Request): void {
    if (sessionMissingReported) return
    sessionMissingReported = true
    const hint =
      'Register express-session (and Passport) before this middleware; until then tokens are kept in memory only.'
    report(
      { code: 'ERR_SESSION_MISSING', message: `A user is logged in, but req.session is missing. ${hint}`, hint },
      req
    )
  }

  /** Waits for an answer, but not longer than a page may; what comes later serves the next page. */
  function inTime(later: Promise<RequestIdentity>, req: Request, look: Look): Promise<RequestIdentity> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        if (look.isWaiting) refuseVisitor(req, look, `"visitor" took longer than maxWaitMs (${settings.maxWaitMs} ms)`)
        resolve(new RequestIdentity('late', look, { retryInMs: LATE_RETRY_MS, later }))
      }, settings.maxWaitMs).unref()
      void later.then((identity) => {
        clearTimeout(timer)
        resolve(identity)
      })
    })
  }

  return function identifyRequest(req) {
    const startedAtMs = requestChannel.hasSubscribers ? performance.now() : 0
    const look = new Look(req, settings)
    const found = identify(req, look)
    if (!(found instanceof Promise)) return publish(found, startedAtMs)
    return inTime(found, req, look).then((identity) => publish(identity, startedAtMs))
  }
}

function publish(identity: RequestIdentity, startedAtMs: number): RequestIdentity {
  if (requestChannel.hasSubscribers) {
    requestChannel.publish({ outcome: identity.outcome, durationMs: performance.now() - startedAtMs })
  }
  return identity
}
