// User and session of a request at the time the middleware ran, to compare them later: the app may log in, log out or switch users in
// the same request. Not part of RequestIdentity, because a snapshot can have two results: that of the page, and one that came too late.
import type { Request } from 'express'
import type { TokenHolder } from '../tokens/token-holder.js'
import { ignoreRejection } from '../visitor/thenable.js'
import type { Found } from '../visitor/visitor.js'
import type { VisitorSource } from './visitor-source.js'

/** The state of a request when the middleware ran. */
export class RequestSnapshot {
  readonly req: Request
  readonly #source: VisitorSource
  readonly #user: unknown
  readonly #sessionId: string | undefined
  readonly #hadSession: boolean
  /** The visitor whose token is needed, as soon as that is known. */
  holder: TokenHolder | undefined = undefined
  /** The result of `visitorKey`; `undefined` without that option. */
  key: string | null | undefined = undefined
  /** Whether the app's `visitor` returns promises, which cannot be awaited when a view is read. */
  isAsync = false
  /** Whether the promise of the app's `visitor` is pending. */
  isWaiting = false
  /** That promise; requests with the same key share one. */
  answer: Promise<Found> | undefined = undefined

  constructor(req: Request, source: VisitorSource) {
    this.req = req
    this.#source = source
    this.#user = userOf(req)
    this.#sessionId = req.sessionID
    this.#hadSession = Boolean(req.session)
  }

  /** Whether a user was logged in when the middleware ran. */
  hadUser(): boolean {
    return this.key === undefined ? Boolean(this.#user) : this.key !== null
  }

  /** Whether a user is logged in now. */
  hasUser(): boolean {
    return this.key === undefined ? Boolean(userOf(this.req)) : this.#keyNow() !== null
  }

  /** Whether the user is still the same: by `visitorKey`, else by the object on `req.user`. */
  hasSameUser(): boolean {
    return this.key === undefined ? userOf(this.req) === this.#user : this.#keyNow() === this.key
  }

  hasSameSession(): boolean {
    return this.req.sessionID === this.#sessionId && !this.hasLostSession()
  }

  /** Whether the session was destroyed. Its id, and often the user, are then still on the request. */
  hasLostSession(): boolean {
    return this.#hadSession && !this.req.session
  }

  /** Whether the request has got a session since. */
  hasGainedSession(): boolean {
    return !this.#hadSession && Boolean(this.req.session)
  }

  /** Whether only a call of `visitor` that must be awaited can tell who is logged in now. */
  cannotBeAsked(): boolean {
    return this.isAsync && this.key === undefined
  }

  /** Whether the current visitor satisfies `fits`; `false` if `visitor` returns a promise or throws. */
  fitsNow(fits: (found: Found) => boolean): boolean {
    try {
      const found = this.#source.find(this.req)
      if (!(found instanceof Promise)) return fits(found)
      ignoreRejection(found)
    } catch {
      // Not reported again. Reading a view must not throw.
    }
    return false
  }

  /** The same, for a `visitor` that returns a promise. Never rejects. */
  async fitsLater(fits: (found: Found) => boolean): Promise<boolean> {
    try {
      return fits(await this.#source.find(this.req))
    } catch {
      return false
    }
  }

  #keyNow(): unknown {
    try {
      return this.#source.keyOf(this.req)
    } catch {
      return undefined
    }
  }
}

/** `req.user`; `undefined` if its getter throws, which is reported where the visitor is read. */
export function userOf(req: Request): unknown {
  try {
    return (req as { user?: unknown }).user
  } catch {
    return undefined
  }
}
