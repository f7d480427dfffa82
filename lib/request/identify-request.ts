// The request flow: who is identified in a request. Used by the middleware and by the token endpoint.
import type { Request } from 'express'
import { type NotIdentifiedReason, type RequestOutcome, requestChannel } from '../diagnostics.js'
import type { SessionEntries } from '../session/session-entries.js'
import { fresher, isNearEnd, type TokenLifetime } from '../tokens/identification.js'
import type { TokenHolder } from '../tokens/token-holder.js'
import type { TokenResult, TokenSource } from '../tokens/token-source.js'
import { ignoreRejection, isThenable } from '../visitor/thenable.js'
import { type Found, isVisitor } from '../visitor/visitor.js'
import { isPassive } from './destination.js'
import { reasonOf } from './reason.js'
import { RequestIdentity } from './request-identity.js'
import { RequestSnapshot } from './request-snapshot.js'
import type { Unidentified } from './unidentified.js'
import { NO_KEY, type VisitorSource } from './visitor-source.js'

/** The settings of the flow. */
export type FlowSettings = TokenLifetime & {
  readonly skip?: ((req: Request) => boolean) | undefined
  readonly maxWaitMs: number
}

/** The parts that the flow uses. Without `sessions`, tokens are kept in memory and in the shared store only. */
export type FlowParts = {
  readonly source: VisitorSource
  readonly tokens: TokenSource
  readonly sessions: SessionEntries | undefined
  readonly unidentified: Unidentified
}

/** Identifies the user of a request; synchronously if nothing has to be awaited. Never throws or rejects. */
export type IdentifyRequest = (req: Request) => RequestIdentity | Promise<RequestIdentity>

/** After what time a page that was served without a token should ask again. */
const LATE_RETRY_MS = 1000

/** Creates the flow of an instance. */
export function createIdentifyRequest(
  settings: FlowSettings,
  { source, tokens, sessions, unidentified }: FlowParts
): IdentifyRequest {
  /** Step 1: is the request skipped, and who is the visitor? */
  function identify(req: Request, snapshot: RequestSnapshot): RequestIdentity | Promise<RequestIdentity> {
    let asked = 'skip'
    try {
      sessions?.watch(req)
      if (isSkipped(req)) return nobody('skipped', snapshot, 'skipped')
      asked = 'visitorKey'
      snapshot.key = source.keyOf(req)
      if (snapshot.key === null) return fromVisitor(req, NO_KEY, snapshot)
      asked = 'visitor'
      // Such a request does not wait, so the result would not be used.
      if (isPassive(req) && source.isSlow(snapshot.key)) {
        snapshot.isAsync = true
        return nobody('skipped', snapshot, 'skipped')
      }
      const found = source.find(req, snapshot.key)
      return found instanceof Promise ? whenFound(req, found, snapshot) : fromVisitor(req, found, snapshot)
    } catch (thrown) {
      return refuse(req, snapshot, `"${asked}" threw`, thrown)
    }
  }

  function whenFound(
    req: Request,
    found: Promise<Found>,
    snapshot: RequestSnapshot
  ): RequestIdentity | Promise<RequestIdentity> {
    snapshot.isAsync = true
    snapshot.isWaiting = true
    snapshot.answer = found
    const later = found
      .finally(() => {
        snapshot.isWaiting = false
      })
      .then((visitor) => fromVisitor(req, visitor, snapshot))
      .catch((thrown) => refuse(req, snapshot, '"visitor" threw', thrown))
    return isPassive(req) ? nobody('skipped', snapshot, 'skipped') : later
  }

  /** Step 2: a token from the session or from memory, without waiting. One near its end is used and renewed in the background. */
  function fromVisitor(
    req: Request,
    found: Found,
    snapshot: RequestSnapshot
  ): RequestIdentity | Promise<RequestIdentity> {
    if (!isVisitor(found)) {
      if (found.reason === 'invalid-visitor')
        return refuse(
          req,
          snapshot,
          `${source.isDefault ? 'On req.user there is' : '"visitor" returned'} no visitor: ${found.detail}`
        )
      unidentified.explain(req, found)
      return nobody('anonymous', snapshot, found.reason)
    }
    if (sessions && !req.session) unidentified.reportMissingSession(req)
    const holder = tokens.holderOf(found)
    snapshot.holder = holder
    const kept = sessions?.read(req, holder)
    if (kept && !isNearEnd(kept, settings, Date.now()))
      return new RequestIdentity('session', snapshot, { identification: kept })
    const usable = fresher(kept, tokens.peek(holder))
    if (!usable) return isPassive(req) ? nobody('skipped', snapshot, 'skipped') : fromSource(holder, snapshot)
    const renewal = !isPassive(req) && isNearEnd(usable, settings, Date.now()) ? tokens.renew(holder) : undefined
    return new RequestIdentity(usable === kept ? 'session' : 'memory', snapshot, {
      identification: usable,
      later: renewal?.then((result) => fromResult(result, snapshot))
    })
  }

  /** Step 3: a token from the shared store or from a mint, shared with other requests of the same visitor. */
  function fromSource(holder: TokenHolder, snapshot: RequestSnapshot): RequestIdentity | Promise<RequestIdentity> {
    const held = tokens.heldBack(holder)
    return held ? fromResult(held, snapshot) : tokens.get(holder).then((result) => fromResult(result, snapshot))
  }

  function fromResult(result: TokenResult, snapshot: RequestSnapshot): RequestIdentity {
    if (!result.ok)
      return new RequestIdentity('failed', snapshot, { reason: reasonOf(result), retryInMs: result.retryInMs })
    const identity = new RequestIdentity(result.from, snapshot, { identification: result.identification })
    // Not if the user has logged out or changed meanwhile, or forget() was called: then the token must not be used.
    return identity.isCurrent() && !result.isForgotten ? identity : nobody('failed', snapshot, 'changed')
  }

  function isSkipped(req: Request): boolean {
    if (!settings.skip) return false
    const answer: unknown = settings.skip(req)
    if (isThenable(answer)) {
      ignoreRejection(answer)
      throw new TypeError('skip must return a boolean, not a promise')
    }
    if (answer) unidentified.skipped()
    else unidentified.notSkipped()
    return Boolean(answer)
  }

  function refuse(req: Request, snapshot: RequestSnapshot, what: string, thrown?: unknown): RequestIdentity {
    unidentified.refuse(req, what, { thrown, answer: snapshot.answer })
    return nobody('failed', snapshot, 'invalid-visitor')
  }

  /** Waits for the result, at most `maxWaitMs`. A token that comes later is for the next page. */
  function waitAtMost(
    later: Promise<RequestIdentity>,
    req: Request,
    snapshot: RequestSnapshot
  ): Promise<RequestIdentity> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        if (snapshot.isWaiting) refuse(req, snapshot, `"visitor" took longer than maxWaitMs (${settings.maxWaitMs} ms)`)
        else unidentified.late()
        resolve(new RequestIdentity('late', snapshot, { reason: 'late', retryInMs: LATE_RETRY_MS, later }))
      }, settings.maxWaitMs).unref()
      void later.then((identity) => {
        clearTimeout(timer)
        resolve(identity)
      })
    })
  }

  return function identifyRequest(req) {
    const startedAtMs = requestChannel.hasSubscribers ? performance.now() : 0
    const snapshot = new RequestSnapshot(req, source)
    const found = identify(req, snapshot)
    if (!(found instanceof Promise)) return publish(found, startedAtMs)
    return waitAtMost(found, req, snapshot).then((identity) => publish(identity, startedAtMs))
  }
}

function nobody(outcome: RequestOutcome, snapshot: RequestSnapshot, reason: NotIdentifiedReason): RequestIdentity {
  return new RequestIdentity(outcome, snapshot, { reason })
}

function publish(identity: RequestIdentity, startedAtMs: number): RequestIdentity {
  if (requestChannel.hasSubscribers) {
    requestChannel.publish({ outcome: identity.outcome, durationMs: performance.now() - startedAtMs })
  }
  return identity
}
